#include "src/collector/figures.h"

#include <algorithm>
#include <bit>
#include <string>

#include "src/base/saturating.h"
#include "src/ledger/peaks.h"

namespace ttmem {
namespace {

using ledger::LedgerImage;
using ledger::RowImage;
using ledger::SessionImage;
using ledger::SessionState;

ChipDescription describe(const LedgerImage& image, const ledger::ChipImage& chip) {
    ChipDescription description;
    description.id = ChipId{chip.chip_id};
    if (!chip.described) return description;
    description.logical_id = chip.logical_id;
    description.arch = std::string(image.text(chip.arch));
    for (size_t p = 0; p < kPoolCount; ++p) {
        // No banks: the chip has no such pool. The host's memory is not described by banks.
        if (chip.pools[p].banks == 0 && static_cast<Pool>(p) == Pool::kSystem) continue;
        description.pools[p] = {chip.pools[p].banks, chip.pools[p].bytes_per_bank};
    }
    if (chip.grid_x != 0) description.grid_x = chip.grid_x;
    if (chip.grid_y != 0) description.grid_y = chip.grid_y;
    if (chip.l1_bytes_per_core != 0) {
        description.l1_bytes_per_core = chip.l1_bytes_per_core;
        description.l1_base = chip.l1_base;
    }
    if (chip.dram_base != 0) description.dram_base = chip.dram_base;
    return description;
}

// Some that may be live and were not recorded are of no row: nobody knows on which chip they are, and in which pool.
bool has_unplaced(const LedgerImage& image) {
    uint64_t placed = 0;
    for (const SessionImage& session : image.sessions) {
        for (const RowImage& row : session.rows) placed += row.untracked_now.allocations;
    }
    return image.counters.untracked_now_allocations > placed;
}

// The sessions on one chip, with room for their peaks.
class ChipSessions {
public:
    ChipSessions(const LedgerImage& image, size_t chip) : unplaced_(has_unplaced(image)) {
        for (const SessionImage& session : image.sessions) {
            if (session.state != SessionState::kFree && (session.chips >> chip & 1) != 0) sessions_.push_back(&session);
        }
        peaks_.resize(sessions_.size());
        scratch_.resize(sessions_.size());
    }

    PoolUse use(size_t pool, const ledger::PastPeakImage& past) {
        uint64_t requested = 0, reserved = 0, allocations = 0;
        bool more = unplaced_;
        for (const SessionImage* session : sessions_) {
            if (session->state != SessionState::kOpen) continue;
            const ledger::Figures& live = session->rows[pool].live;
            requested = saturating_add(requested, live.requested);
            reserved = saturating_add(reserved, live.reserved);
            allocations += live.allocations;
            more |= session->rows[pool].untracked_now.allocations != 0;
        }
        PoolUse use;
        use.requested_bytes = requested;
        use.reserved_bytes = reserved;
        use.allocations = allocations;
        use.is_bound = more || std::max(requested, reserved) == UINT64_MAX;
        use.peak_requested = bound(pool, &RowImage::peak_requested, &RowImage::most_peak_requested, requested,
                                   {past.requested_low, past.requested_high});
        use.peak_reserved = bound(pool, &RowImage::peak_reserved, &RowImage::most_peak_reserved, reserved,
                                  {past.reserved_low, past.reserved_high});
        return use;
    }

private:
    // `least` and `most`: of each row's peak. They differ by what found no room in the ledger.
    Interval bound(size_t pool, uint64_t RowImage::*least, uint64_t RowImage::*most, uint64_t now, Interval past) {
        const uint64_t low = std::max({bounds_of(pool, least).low, now, past.low});
        // No row's peak is raised beyond 2^63 - 1 (row_counts.h), and an allocation may have had it stop up to 2^52
        // bytes before. Nothing bounds one of so much, and UINT64_MAX says that, so it is never both ends.
        if (low >= 1ull << 62) return {std::min(low, UINT64_MAX - 1), UINT64_MAX};
        return {low, std::max({bounds_of(pool, most).high, past.high, low})};
    }

    ledger::Bounds bounds_of(size_t pool, uint64_t RowImage::*peak) {
        for (size_t i = 0; i < sessions_.size(); ++i) {
            peaks_[i] = {sessions_[i]->opened, sessions_[i]->closed, sessions_[i]->rows[pool].*peak};
        }
        return ledger::bound_many_peaks(peaks_.data(), scratch_.data(), peaks_.size());
    }

    bool unplaced_;
    std::vector<const SessionImage*> sessions_;
    std::vector<ledger::SessionPeak> peaks_, scratch_;
};

}  // namespace

std::vector<ChipUse> chip_figures(const LedgerImage& image, const CbFiguresOfProcess& cbs) {
    std::vector<ChipUse> chips;
    chips.reserve(image.chips.size());
    for (size_t i = 0; i < image.chips.size(); ++i) {
        const ledger::ChipImage& chip = image.chips[i];
        if (!chip.known) continue;
        ChipUse use;
        use.chip = describe(image, chip);
        if (image.quality.foreign_bits == 0) {
            ChipSessions sessions(image, i);
            for (size_t p = 0; p < kPoolCount; ++p) use.pools[p] = sessions.use(p, chip.past_peaks[p]);
            if (i < cbs.chips.size()) use.cb = cbs.chips[i];
        }
        for (size_t p = 0; p < kPoolCount; ++p) {
            const auto& banks = use.chip.pools[p];
            if (banks) use.pools[p].capacity_bytes = saturating_multiply(banks->banks, banks->bytes_per_bank);
        }
        chips.push_back(std::move(use));
    }
    return chips;
}

Holdings holdings(const LedgerImage& image) {
    Holdings held;
    for (const SessionImage& session : image.sessions) {
        if (session.state != SessionState::kOpen) continue;
        for (const RowImage& row : session.rows) {
            held.allocations += row.live.allocations;
            const auto chips = static_cast<uint64_t>(std::popcount(session.chips));
            held.requested_bytes = saturating_add(held.requested_bytes, saturating_multiply(row.live.requested, chips));
        }
    }
    return held;
}

}  // namespace ttmem
