#include "src/analysis/leaks/verdict.h"

#include <utility>

namespace ttmem {
namespace {

// Leaves leaked what is told to be.
void take_back_others(Snapshot& snapshot, const Filter& filter, const std::vector<LeftBy>& left) {
    std::vector<bool> told(snapshot.allocations.size());
    for (const LeftBy& by : left) {
        for (const uint32_t i : by.allocations) told[i] = true;
    }
    for (const uint32_t i : select(snapshot, filter)) {
        Allocation& a = snapshot.allocations[i];
        if (told[i] || verdict_of(snapshot, a) != Verdict::kLeaked) continue;
        a.leaked = false;
        a.outlived = !a.released;
    }
}

}  // namespace

uint64_t LeakVerdict::found() const {
    uint64_t count = 0;
    for (const LeftBy& by : left) count += by.sum.allocations + by.plans.size();
    if (!accumulated) return count;
    for (const Accumulated& owner : *accumulated) count += owner.grown.growth().allocations;
    return count;
}

LeakOutcome LeakVerdict::outcome(const Coverage& coverage) const {
    if (leaked()) return LeakOutcome::kLeaked;
    return coverage.complete && judgement.complete() ? LeakOutcome::kNone : LeakOutcome::kInconclusive;
}

LeakVerdict leak_verdict(Snapshot& snapshot, std::optional<AccumulatedReport> history, const Filter& filter,
                         const Suppressions& known, BytesText bytes) {
    LeakVerdict verdict;
    verdict.over = over_chips_of(filter);
    LeaksLeftOut left_out;
    const Repetitions repetitions = history ? std::move(history->repetitions) : Repetitions();
    verdict.judgement = judge(snapshot, filter, repetitions, bytes);
    if (history) {
        verdict.judgement.add(history->not_judged());
        verdict.accumulated = std::move(history->owners);
        left_out.suppressed = std::move(history->suppressed);
    }
    settle(snapshot, repetitions);
    verdict.left = leaks_of(snapshot, filter, known, left_out, repetitions, bytes);
    verdict.judgement.add(std::move(left_out.too_few));
    verdict.suppressed = std::move(left_out.suppressed);
    Filter any_standing = filter;
    any_standing.standing.reset();
    take_back_others(snapshot, any_standing, verdict.left);
    verdict.verdicts = verdict_bytes(snapshot, select(snapshot, filter), verdict.over);
    return verdict;
}

LeakVerdict leak_verdict(const Recording& recording, Snapshot& end, const Filter& filter, const Suppressions& known,
                         BytesText bytes) {
    return leak_verdict(end, accumulated_in(recording, end, filter, known), filter, known, bytes);
}

}  // namespace ttmem
