#include "src/analysis/verdicts.h"

#include <algorithm>

#include "src/analysis/attribution.h"
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

VerdictBytes verdict_bytes(const Snapshot& snapshot, const Selection& selection, const Coverage& coverage) {
    uint64_t leaked = 0, cached = 0, released = 0, held = 0;
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        const std::optional<Verdict> verdict = verdict_of(snapshot, a);
        const uint64_t bytes = on_all_chips(snapshot, a).requested_bytes;
        if (verdict == Verdict::kLeaked) leaked = saturating_add(leaked, bytes);
        if (verdict == Verdict::kCached) cached = saturating_add(cached, bytes);
        if (verdict == Verdict::kReleasedByClose) released = saturating_add(released, bytes);
        if (verdict == Verdict::kHeldAtExit) held = saturating_add(held, bytes);
    }
    VerdictBytes totals;
    totals.leaked = leaked;
    totals.cached = cached;
    totals.released_by_close = released;
    totals.held_at_exit = held;
    if (coverage.untracked_allocations == 0) totals.unknown = 0;
    return totals;
}

}  // namespace ttmem
