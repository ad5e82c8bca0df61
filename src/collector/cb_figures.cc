#include "src/collector/cb_figures.h"

#include <map>
#include <unordered_map>

#include "src/model/cb_painter.h"

namespace ttmem {
namespace {

using ledger::HoldingImage;
using ledger::LedgerImage;
using ledger::PairImage;
using ledger::SessionState;

// Paints one chip after the other. Chips that the same sessions opened have the same figures.
class Chips {
public:
    Chips(const LedgerImage& image, CbFiguresOfProcess& out) : image_(image), out_(out) {
        has_pairs_.resize(image.sessions.size());
        for (const PairImage& pair : image.pairs) {
            if (pair.session < has_pairs_.size()) has_pairs_[pair.session] = true;
        }
        for (size_t i = 0; i < image.holdings.size(); ++i) {
            const HoldingImage& holding = image.holdings[i];
            if (holding.left_behind) continue;
            holders_[{holding.pair, holding.program}] = i;
        }
    }

    void paint(size_t chip) {
        const std::vector<uint32_t> sessions = sessions_on(chip);
        const auto [at, fresh] = painted_.try_emplace(sessions);
        if (fresh) at->second = paint_sessions(chip);
        const Painted& painted = at->second;
        out_.chips[chip] = painted.use;
        for (const auto& [holding, on_chip] : painted.residents) {
            out_.holdings[holding].resident.push_back({chip, on_chip.cores, on_chip.bytes});
        }
    }

private:
    struct Painted {
        CbUse use;
        std::vector<std::pair<size_t, HoldingFigures::OnChip>> residents;  // by holding
    };

    // Those with circular buffers: chips that have the same ones are painted once.
    std::vector<uint32_t> sessions_on(size_t chip) const {
        std::vector<uint32_t> sessions;
        for (uint32_t i = 1; i < image_.sessions.size(); ++i) {
            const ledger::SessionImage& session = image_.sessions[i];
            if (has_pairs_[i] && session.state != SessionState::kFree && (session.chips >> chip & 1) != 0)
                sessions.push_back(i);
        }
        return sessions;
    }

    bool is_on(uint32_t session, size_t chip) const { return (image_.sessions[session].chips >> chip & 1) != 0; }
    bool is_open(uint32_t session) const { return image_.sessions[session].state == SessionState::kOpen; }

    Painted paint_sessions(size_t chip) const {
        CbPainter painter;
        for (const HoldingImage& holding : image_.holdings) {
            const PairImage& pair = image_.pairs[holding.pair];
            if (holding.left_behind || pair.plan == 0 || !is_open(pair.session) || !is_on(pair.session, chip)) continue;
            painter.add_live_plan(out_.plans[pair.plan - 1]);
        }
        // The owner in the painter is 1 + the holding.
        for (uint32_t number = 1; number < image_.pairs.size(); ++number) {
            const PairImage& pair = image_.pairs[number];
            if (pair.session == 0 || pair.ticket == 0 || pair.plan == 0 || !is_on(pair.session, chip)) continue;
            const auto holder = holders_.find({number, pair.resident_program});
            const bool has = pair.resident_program != 0 && is_open(pair.session) && holder != holders_.end();
            painter.add_dispatch(pair.ticket, out_.plans[pair.plan - 1],
                                 has ? static_cast<uint32_t>(holder->second) + 1 : 0);
        }
        auto regions = std::make_shared<CbRegions>();
        regions->reserved = painter.reserved();
        Painted painted;
        for (CbPainter::Resident& resident : painter.resident()) {
            regions->resident.insert(regions->resident.end(), resident.regions.begin(), resident.regions.end());
            const uint64_t bytes = figures_of(std::move(resident.regions)).bytes;
            painted.residents.push_back({resident.owner - 1, {chip, resident.cores, bytes}});
        }
        painted.use = cb_use(std::move(regions));
        painted.use.is_bound = image_.counters.plans_refused + image_.counters.plans_forgotten != 0;
        return painted;
    }

    const LedgerImage& image_;
    CbFiguresOfProcess& out_;
    std::vector<bool> has_pairs_;                              // by session
    std::map<std::pair<uint32_t, uint64_t>, size_t> holders_;  // by pair and program
    std::map<std::vector<uint32_t>, Painted> painted_;
};

}  // namespace

CbPlan plan_of(const ledger::PlanImage& image) {
    CbPlan plan;
    for (const ledger::PlanBufferImage& from : image.buffers) {
        const CbKind kind = from.dataflow ? CbKind::kDataflow : from.scratchpad ? CbKind::kScratchpad : CbKind::kCb;
        CircularBuffer buffer{from.index, from.aliased, from.address, from.bytes, {}, kind};
        for (const ledger::RangeImage& range : from.ranges) {
            buffer.cores.push_back({range.x0, range.y0, range.x1, range.y1});
        }
        plan.buffers.push_back(std::move(buffer));
    }
    return plan;
}

CbUse cb_use(std::shared_ptr<const CbRegions> regions) {
    const CbFigures reserved = figures_of(regions->reserved);
    CbUse use;
    use.reserved_bytes = reserved.bytes;
    use.largest_core_bytes = reserved.largest_core;
    use.resident_bytes = figures_of(regions->resident).bytes;
    use.regions = std::move(regions);
    return use;
}

CbFiguresOfProcess cb_figures(const LedgerImage& image) {
    CbFiguresOfProcess out;
    if (image.regions.pairs.count == 0) return out;
    for (const ledger::PlanImage& plan : image.plans) out.plans.push_back(plan_of(plan));
    out.holdings.resize(image.holdings.size());
    for (size_t i = 0; i < image.holdings.size(); ++i) {
        const PairImage& pair = image.pairs[image.holdings[i].pair];
        if (image.holdings[i].left_behind || pair.plan == 0 ||
            image.sessions[pair.session].state != SessionState::kOpen)
            continue;
        const CbFigures figures = figures_of(out.plans[pair.plan - 1]);
        out.holdings[i].reserved_bytes = figures.bytes;
        out.holdings[i].largest_core = figures.largest_core;
    }
    out.chips.resize(image.chips.size());
    Chips chips(image, out);
    for (size_t chip = 0; chip < image.chips.size(); ++chip) chips.paint(chip);
    return out;
}

}  // namespace ttmem
