#include "src/analysis/recording/core_need.h"

#include <algorithm>

#include "src/analysis/replay/pool_banks.h"
#include "src/model/cb_painter.h"

namespace ttmem {
namespace {

// What a core has for circular buffers and buffers, where all that know it agree.
std::optional<uint64_t> core_bytes_of(const Snapshot& tables, const std::vector<ChipId>& chips) {
    std::optional<uint64_t> bytes;
    for (const Process& process : tables.processes) {
        for (const ChipUse& use : process.chips) {
            const ChipDescription& chip = use.chip;
            if (std::find(chips.begin(), chips.end(), chip.id) == chips.end()) continue;
            if (!chip.l1_bytes_per_core || !chip.l1_base || *chip.l1_base > *chip.l1_bytes_per_core) continue;
            const uint64_t known = *chip.l1_bytes_per_core - *chip.l1_base;
            if (bytes && *bytes != known) return std::nullopt;
            bytes = known;
        }
    }
    return bytes;
}

// What of the buffers up to this kind lies on these cores.
std::vector<CbRegion> regions_up_to(const CbPlan& plan, size_t kind, const CoreSet& cores) {
    std::vector<CbRegion> regions;
    for (const CircularBuffer& buffer : plan.buffers) {
        if (buffer.aliased || buffer.bytes == 0 || static_cast<size_t>(buffer.kind) > kind) continue;
        CbRegion region{buffer.address, buffer.bytes, buffer.core_set()};
        region.cores.keep(cores);
        if (!region.cores.empty()) regions.push_back(region);
    }
    return regions;
}

// Whether a process uses them of which looks alone tell, and so not what it dispatched.
bool has_looks(const Recording& recording, const std::vector<ChipId>& chips) {
    return std::ranges::any_of(recording.gaps, [&](const HistoryGap& gap) {
        return gap.sampled && std::ranges::any_of(recording.end.places, [&](const Place& place) {
                   return place.process == gap.process &&
                          std::ranges::any_of(chips, [&](ChipId chip) { return has_chip(place.chips, chip); });
               });
    });
}

}  // namespace

CoreCbs largest_core_of(const CbPlan& plan) {
    const CbFigures figures = figures_of(plan);
    CoreCbs cbs;
    if (figures.bytes == 0) return cbs;
    CoreSet core;
    core.add(CoreRange{figures.largest_x, figures.largest_y, figures.largest_x, figures.largest_y});
    for (size_t kind = 0; kind < kCbKindCount; ++kind) {
        const uint64_t so_far = figures_of(regions_up_to(plan, kind, core)).bytes;
        cbs.kinds[kind] = so_far - cbs.bytes;
        cbs.bytes = so_far;
    }
    return cbs;
}

void CoreNeedFinder::begins(const Replay& replay) {
    cells_.assign(replay.chips().size(), {});
    planned_.clear();
    of_plans_.clear();
    for (const CbPlan& plan : replay.recording().end.plans) of_plans_.push_back(largest_core_of(plan));
}

void CoreNeedFinder::change(const Replay& replay, const LiveBlock& block, bool arrives) {
    if (block.pool != Pool::kL1 && block.pool != Pool::kL1Small) return;
    for (const uint32_t chips : replay.chips_of(block.place)) {
        auto& buffers = cells_[chips].buffers;
        auto at = std::find_if(buffers.begin(), buffers.end(), [&](const auto& b) { return b.first == block.banks; });
        if (at == buffers.end()) at = buffers.insert(at, {block.banks, 0});
        const uint64_t bytes = block.bytes_per_bank;
        at->second = arrives ? saturating_add(at->second, bytes) : at->second - std::min(at->second, bytes);
    }
}

void CoreNeedFinder::plan(const Replay& replay, const Event& event) {
    const uint32_t registration = replay.recording().end.places[event.place].registration;
    std::vector<Planned>& planned = planned_[{event.process, event.subject}];
    const auto at =
        std::find_if(planned.begin(), planned.end(), [&](const Planned& p) { return p.registration == registration; });
    const uint32_t plan = event.plan <= of_plans_.size() ? event.plan : 0;
    if (at == planned.end()) {
        planned.push_back({registration, plan});
    } else {
        at->plan = plan;
    }
}

void CoreNeedFinder::dispatch(const Replay& replay, const Event& event) {
    const uint32_t registration = replay.recording().end.places[event.place].registration;
    const auto program = planned_.find({event.process, event.subject});
    const Planned* planned = nullptr;
    if (program != planned_.end()) {
        for (const Planned& p : program->second) {
            if (p.registration == registration) planned = &p;
        }
    }
    const bool is_known = planned != nullptr ? planned->plan != 0 : !replay.has_gap(event.process);
    const CoreCbs cbs = planned != nullptr && planned->plan != 0 ? of_plans_[planned->plan - 1] : CoreCbs();
    for (const uint32_t chips : replay.chips_of(event.place)) {
        Cell& cell = cells_[chips];
        CoreNeed& need = cell.need;
        if (!is_known) ++need.unknown_dispatches;
        cell.is_used |= !is_known || cbs.bytes != 0;
        if (!is_known || cbs.bytes == 0) continue;
        need.largest_cbs = std::max(need.largest_cbs, cbs.bytes);
        uint64_t bytes = 0;
        uint32_t sets = 0;
        for (const auto& [banks, in_each] : cell.buffers) {
            bytes = saturating_add(bytes, in_each);
            sets += in_each != 0;
        }
        if (need.event != 0 && saturating_add(bytes, cbs.bytes) <= need.bytes()) continue;
        need.event = replay.event();
        need.at = replay.now(), need.until = kEver;
        stands_.push_back(chips);
        need.process = event.process;
        need.op = event.op, need.tag = event.tag, need.iteration = event.iteration;
        need.program = event.subject;
        need.cbs = cbs;
        need.buffer_bytes = bytes;
        need.banks_differ = sets > 1;
    }
}

void CoreNeedFinder::applied(const Replay& replay, const Event& event) {
    for (const uint32_t chips : stands_) {
        CoreNeed& need = cells_[chips].need;
        if (replay.now() > need.at) need.until = std::min(need.until, replay.now());
    }
    std::erase_if(stands_, [&](uint32_t chips) { return cells_[chips].need.until != kEver; });
    switch (event.kind) {
        case EventKind::kPlanChanged:
            if (event.place < replay.recording().end.places.size()) plan(replay, event);
            break;
        case EventKind::kDispatched:
            if (event.place < replay.recording().end.places.size()) dispatch(replay, event);
            break;
        case EventKind::kCircularBuffersFreed:
        case EventKind::kProgramDestroyed:
            planned_.erase({event.process, event.subject});
            break;
        case EventKind::kTraceReplayed:
            if (event.place >= replay.recording().end.places.size()) break;
            for (const uint32_t chips : replay.chips_of(event.place)) {
                ++cells_[chips].need.replays;
                cells_[chips].is_used = true;
            }
            break;
        default:
            break;
    }
}

void CoreNeedFinder::split(const Replay&, uint32_t whole, uint32_t part) {
    cells_.push_back(cells_[whole]);
    if (std::ranges::find(stands_, whole) != stands_.end()) stands_.push_back(part);
}

void CoreNeedFinder::lost(const Replay& replay, uint32_t process) {
    const std::vector<Place>& places = replay.recording().end.places;
    for (uint32_t place = 0; place < places.size(); ++place) {
        if (places[place].process.value != process) continue;
        for (const uint32_t chips : replay.chips_of(place)) cells_[chips].need.has_gap = true;
    }
    // What was planned meanwhile is not known.
    std::erase_if(planned_, [&](const auto& entry) { return entry.first.first == process; });
}

std::vector<CoreNeed> CoreNeedFinder::take(const Replay& replay) {
    std::vector<CoreNeed> needs;
    for (size_t chips = 0; chips < cells_.size(); ++chips) {
        if (!cells_[chips].is_used) continue;
        CoreNeed& need = needs.emplace_back(std::move(cells_[chips].need));
        need.chips = replay.chips()[chips].chips;
        need.core_bytes = core_bytes_of(replay.recording().end, need.chips);
        need.has_gap |= has_looks(replay.recording(), need.chips);
    }
    std::stable_sort(needs.begin(), needs.end(),
                     [](const CoreNeed& a, const CoreNeed& b) { return a.bytes() > b.bytes(); });
    return needs;
}

}  // namespace ttmem
