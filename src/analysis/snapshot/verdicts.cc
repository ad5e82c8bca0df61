#include "src/analysis/snapshot/verdicts.h"

#include <algorithm>

#include "src/analysis/snapshot/attribution.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

bool iteration_ended(const Process& process, uint32_t iteration) {
    const std::vector<uint32_t>& open = process.open_iterations;
    return iteration != 0 && std::find(open.begin(), open.end(), iteration) == open.end();
}

// The owner is gone, or the iteration is over and nothing says that it was meant to outlive it.
bool is_leaked(const Snapshot& snapshot, const Allocation& a) {
    if (a.released) return a.leaked;
    if (a.outlived) return false;
    if (a.holder_ended) return true;
    const bool may_stay = a.persistent || a.allocation_class == AllocationClass::kProgram ||
                          a.allocation_class == AllocationClass::kTrace;
    return !may_stay && iteration_ended(snapshot.process_of(a), a.iteration);
}

}  // namespace

std::optional<Verdict> verdict_of(const Snapshot& snapshot, const Allocation& allocation) {
    if (is_leaked(snapshot, allocation)) return Verdict::kLeaked;
    switch (standing_of(snapshot, allocation)) {
        case Standing::kReleased:
            return Verdict::kReleasedByClose;
        case Standing::kHeld:
            return Verdict::kHeldAtExit;
        case Standing::kLive:
            break;
    }
    const bool is_cached = (allocation.allocation_class == AllocationClass::kProgram && allocation.program != 0) ||
                           (allocation.allocation_class == AllocationClass::kTrace && allocation.trace != 0);
    return is_cached ? std::optional(Verdict::kCached) : std::nullopt;
}

bool may_lack(const Process& process, Verdict verdict) {
    const bool lives = process.state == ProcessState::kLive;
    switch (verdict) {
        case Verdict::kCached:
            return lives && process.coverage.misses_live();
        case Verdict::kHeldAtExit:
            return !lives && process.coverage.misses_live();
        default:
            return process.coverage.misses_past();
    }
}

VerdictBytes verdict_bytes(const Snapshot& snapshot, const Selection& selection, Over over) {
    VerdictBytes totals;
    const auto of = [&](Verdict verdict) -> VerdictSum& {
        return verdict == Verdict::kLeaked            ? totals.leaked
               : verdict == Verdict::kCached          ? totals.cached
               : verdict == Verdict::kReleasedByClose ? totals.released_by_close
                                                      : totals.held_at_exit;
    };
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        const std::optional<Verdict> verdict = verdict_of(snapshot, a);
        if (!verdict) continue;
        VerdictSum& sum = of(*verdict);
        sum.bytes = saturating_add(sum.bytes, sum_of(snapshot, a, over).requested_bytes);
    }
    for (const Process& process : snapshot.processes) {
        totals.released_by_close.bytes =
            saturating_add(totals.released_by_close.bytes, process.unlisted_released_bytes);
    }
    totals.unknown = 0;
    for (const Verdict verdict :
         {Verdict::kLeaked, Verdict::kCached, Verdict::kReleasedByClose, Verdict::kHeldAtExit}) {
        VerdictSum& sum = of(verdict);
        sum.is_bound = sum.bytes == UINT64_MAX;
        for (const Process& process : snapshot.processes) sum.is_bound |= may_lack(process, verdict);
    }
    for (const Process& process : snapshot.processes) {
        if (process.coverage.misses_past()) totals.unknown.reset();
    }
    return totals;
}

}  // namespace ttmem
