#include "src/analysis/failures/failure_fit.h"

#include <algorithm>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/analysis/failures/failure_parts.h"
#include "src/analysis/snapshot/select.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

// Reserved bytes of the pool in each bank of the chip.
uint64_t reserved_per_bank(const Snapshot& s, Pool pool, ChipId chip) {
    uint64_t bytes = 0;
    for (const Allocation& a : s.allocations) {
        if (a.pool != pool || standing_of(s, a) != Standing::kLive) continue;
        const std::vector<ChipId>& chips = s.place_of(a).chips;
        if (std::ranges::find(chips, chip) != chips.end()) bytes = saturating_add(bytes, a.bytes_per_bank);
    }
    return bytes;
}

bool chip_fits(const Snapshot& s, const ChipUse& chip, const FailureFigures& f) {
    const auto& banks = chip.chip.pools[static_cast<size_t>(*f.pool)];
    if (!banks || !f.banks || banks->banks != *f.banks) return false;
    if (f.bank_bytes && banks->bytes_per_bank != *f.bank_bytes) return false;
    const uint64_t live = reserved_per_bank(s, *f.pool, chip.chip.id);
    if (f.allocated_per_bank) {
        const uint64_t apart = std::max(live, *f.allocated_per_bank) - std::min(live, *f.allocated_per_bank);
        return apart <= banks->bytes_per_bank / 100 * kFitPercent;
    }
    return f.bytes_per_bank && (live >= banks->bytes_per_bank || banks->bytes_per_bank - live < *f.bytes_per_bank);
}

bool has_l1_buffer_at(const Snapshot& s, uint64_t address) {
    return std::ranges::any_of(s.allocations, [&](const Allocation& a) {
        return a.pool == Pool::kL1 && a.address.value == address && standing_of(s, a) == Standing::kLive;
    });
}

bool has_trace_region(const Snapshot& s, uint64_t bytes) {
    return std::ranges::any_of(s.chips, [&](const ChipUse& chip) {
        const auto& banks = chip.chip.pools[static_cast<size_t>(Pool::kTrace)];
        return banks && product_of(banks->banks, banks->bytes_per_bank) == bytes;
    });
}

}  // namespace

bool snapshot_fits(const Snapshot& snapshot, const FailureFigures& f) {
    switch (f.kind) {
        case FailureKind::kOutOfMemory:
            return f.pool && std::ranges::any_of(snapshot.chips,
                                                 [&](const ChipUse& chip) { return chip_fits(snapshot, chip, f); });
        case FailureKind::kCbClash:
            return f.l1_buffer_address && has_l1_buffer_at(snapshot, *f.l1_buffer_address);
        case FailureKind::kTraceRegion:
            return f.trace_region_bytes && *f.trace_region_bytes != 0 &&
                   has_trace_region(snapshot, *f.trace_region_bytes);
        default:
            return false;
    }
}

std::string why_it_does_not_fit(const Snapshot& snapshot, const FailureFigures& f) {
    std::string figures;
    const std::optional<uint64_t> told = product_of(f.allocated_per_bank, f.banks);
    if (f.kind == FailureKind::kOutOfMemory && f.pool && told) {
        const std::optional<PoolHolders> holders = holders_of(snapshot, *f.pool);
        figures = " (" + human_bytes(holders ? holders->reserved_bytes : 0) + " of " + std::string(pool_name(*f.pool)) +
                  " on a chip, " + human_bytes(*told) + " in the message)";
    }
    return "What is live now does not fit this message" + figures + ": it is of another run.";
}

}  // namespace ttmem
