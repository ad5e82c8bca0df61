#include "src/analysis/leaks/verdict.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

// A living process that leaked three tensors of one operation.
Snapshot leaking() {
    Snapshot s = sample_snapshot();
    s.processes[0].state = ProcessState::kLive;
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 3;
    const Allocation first = s.allocations[0];
    s.allocations.clear();
    for (uint32_t iteration = 1; iteration < 4; ++iteration) {
        Allocation& a = s.allocations.emplace_back(first);
        a.handle = iteration, a.iteration = iteration, a.holder_ended = a.persistent = false;
        a.allocation_class = AllocationClass::kTensor;
    }
    return s;
}

uint64_t leaked_in(const Snapshot& s) {
    return static_cast<uint64_t>(std::ranges::count_if(
        s.allocations, [&](const Allocation& a) { return verdict_of(s, a) == Verdict::kLeaked; }));
}

TEST(LeakVerdict, OfASnapshotAloneIsWhatWasLeft) {
    Snapshot s = leaking();
    const LeakVerdict verdict = leak_verdict(s, std::nullopt);
    EXPECT_EQ(verdict.found(), 3u);
    EXPECT_FALSE(verdict.accumulated) << "no one has looked at a history";
    EXPECT_EQ(verdict.outcome({}), LeakOutcome::kLeaked);
    EXPECT_EQ(leaked_in(s), 3u);
}

TEST(LeakVerdict, WithoutHistoryIsNoSurerThanWithOne) {
    Snapshot s = leaking();
    s.processes[0].level = "events";
    s.allocations.erase(s.allocations.begin());
    const LeakVerdict verdict = leak_verdict(s, std::nullopt);
    EXPECT_EQ(verdict.outcome({}), LeakOutcome::kInconclusive) << "the last two may be a window";
    EXPECT_EQ(verdict.judgement.sum.allocations, 2u);
    EXPECT_EQ(leaked_in(s), 0u);
}

TEST(LeakVerdict, OfAProcessThatRecordsNoHistoryIsByTheDefinition) {
    Snapshot s = leaking();
    s.processes[0].level = "counts";
    s.allocations.erase(s.allocations.begin());
    const LeakVerdict verdict = leak_verdict(s, std::nullopt);
    EXPECT_EQ(verdict.outcome({}), LeakOutcome::kLeaked);
    EXPECT_EQ(leaked_in(s), 2u);
}

TEST(LeakVerdict, WhatItLeavesOutIsLeakedForNobody) {
    Snapshot s = leaking();
    s.allocations[1].released = s.allocations[1].leaked = true;
    const std::string line = "op:" + s.texts[s.allocations[0].op];
    const LeakVerdict verdict = leak_verdict(s, std::nullopt, {}, *Suppressions::parse(line, "known.supp"));
    EXPECT_EQ(verdict.found(), 0u);
    EXPECT_EQ(verdict.suppressed.at(line).allocations, 3u);
    EXPECT_EQ(leaked_in(s), 0u);
    EXPECT_EQ(verdict.verdicts.leaked.bytes, 0u);
    EXPECT_NE(verdict.verdicts.released_by_close.bytes, 0u);
    EXPECT_EQ(verdict.outcome({}), LeakOutcome::kNone);
}

TEST(LeakVerdict, WhatHistoryExcusesIsNoLeakAndNobodyMarkedIt) {
    Snapshot s = leaking();
    s.allocations.erase(s.allocations.begin());
    s.allocations[1].released = s.allocations[1].leaked = true;
    AccumulatedReport history;
    history.repetitions[s.processes[0].ledger].bounded = {2, 3};
    const LeakVerdict verdict = leak_verdict(s, history);
    EXPECT_EQ(verdict.judgement.kept.allocations, 2u);
    EXPECT_EQ(leaked_in(s), 0u);
    for (const Allocation& a : s.allocations) EXPECT_FALSE(a.persistent);
}

TEST(LeakVerdict, IsOfWhatItsFilterLetsThrough) {
    Snapshot s = leaking();
    for (uint32_t i = 0; i < 3; ++i) s.allocations.emplace_back(s.allocations[i]).pool = Pool::kL1Small;
    const LeakVerdict verdict = leak_verdict(s, std::nullopt, {.pool = Pool::kL1Small});
    EXPECT_EQ(verdict.found(), 3u);
    EXPECT_EQ(leaked_in(s), 6u) << "of the others nothing was asked";
}

TEST(LeakVerdict, IsInconclusiveWhereNotAllWasSeenOrJudged) {
    Snapshot s = leaking();
    s.allocations.clear();
    LeakVerdict verdict = leak_verdict(s, std::nullopt);
    Coverage coverage;
    EXPECT_EQ(verdict.outcome(coverage), LeakOutcome::kNone);
    coverage.complete = false;
    EXPECT_EQ(verdict.outcome(coverage), LeakOutcome::kInconclusive);
    verdict.judgement.not_judged = {"no iterations were marked"};
    EXPECT_EQ(verdict.outcome({}), LeakOutcome::kInconclusive);
}

TEST(LeakVerdict, SaysBytesAsItIsAsked) {
    Snapshot s = leaking();
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 0;
    for (Allocation& a : s.allocations) a.iteration = 0, a.requested_bytes = 1 << 20, a.released = true;
    const auto said = [&](BytesText bytes) {
        Snapshot unsettled = s;
        return leak_verdict(unsettled, std::nullopt, {}, {}, bytes).judgement.not_judged.at(0);
    };
    EXPECT_NE(said(human_bytes).find(" MiB"), std::string::npos) << said(human_bytes);
    EXPECT_EQ(said(with_commas).find(" MiB"), std::string::npos) << said(with_commas);
}

}  // namespace
}  // namespace ttmem
