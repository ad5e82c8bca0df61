#include "src/analysis/snapshot/verdicts.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(Verdicts, ALiveTensorHasNoneAndABinaryOfALiveProgramIsCached) {
    const Snapshot s = sample_snapshot();
    EXPECT_EQ(verdict_of(s, s.allocations[0]), std::nullopt);
    EXPECT_EQ(verdict_of(s, s.allocations[1]), Verdict::kCached);
}

TEST(Verdicts, ABinaryWhoseProgramIsUnknownIsNotCalledCached) {
    Snapshot s = sample_snapshot();
    s.allocations[1].program = 0;
    EXPECT_EQ(verdict_of(s, s.allocations[1]), std::nullopt);
}

TEST(Verdicts, WhatAnEndedProcessDidNotCloseIsHeldAtExitHoweverItEnded) {
    Snapshot s = sample_snapshot();
    EXPECT_EQ(verdict_of(s, s.allocations[2]), Verdict::kHeldAtExit);
    EXPECT_EQ(verdict_of(s, s.allocations[3]), Verdict::kReleasedByClose);
    s.processes[1].state = ProcessState::kExited;
    EXPECT_EQ(verdict_of(s, s.allocations[2]), Verdict::kHeldAtExit);
}

TEST(Verdicts, ACachedBinaryOfAKilledProcessIsHeldAtExit) {
    Snapshot s = sample_snapshot();
    s.processes[0].state = ProcessState::kKilled;
    EXPECT_EQ(verdict_of(s, s.allocations[1]), Verdict::kHeldAtExit);
}

TEST(Verdicts, BytesAreRequestedOnesSummedOverChips) {
    const Snapshot s = sample_snapshot();
    const VerdictBytes bytes = verdict_bytes(s, select(s, {}));
    EXPECT_EQ(bytes.cached.bytes, 2u * 24576);
    EXPECT_EQ(bytes.held_at_exit.bytes, 2048u);
    EXPECT_EQ(bytes.released_by_close.bytes, 4096u);
    EXPECT_EQ(bytes.unknown, 0u);
    EXPECT_EQ(bytes.leaked.bytes, 0u);
}

TEST(Verdicts, WhatOutlivesItsIterationHasLeakedAndStaysALeakAfterTheClose) {
    Snapshot s = sample_snapshot();
    s.allocations[0].iteration = 7;
    s.processes[0].open_iterations = {7, 9};
    EXPECT_EQ(verdict_of(s, s.allocations[0]), std::nullopt);
    s.processes[0].open_iterations = {9};
    EXPECT_EQ(verdict_of(s, s.allocations[0]), Verdict::kLeaked);
    EXPECT_GT(verdict_bytes(s, select(s, {})).leaked.bytes, 0u);
    s.allocations[0].released = s.allocations[0].leaked = true;
    EXPECT_EQ(verdict_of(s, s.allocations[0]), Verdict::kLeaked);
}

TEST(Verdicts, WhatACloseReleasedIsNoLeakThoughItsIterationOrProgramEndsLater) {
    Snapshot s = sample_snapshot();
    s.allocations[0].released = s.allocations[1].released = true;
    s.allocations[0].iteration = 7;
    s.allocations[1].holder_ended = true;
    EXPECT_EQ(verdict_of(s, s.allocations[0]), Verdict::kReleasedByClose);
    EXPECT_EQ(verdict_of(s, s.allocations[1]), Verdict::kReleasedByClose);
}

TEST(Verdicts, TheProgramCacheAndTracesNeverLeakWhileTheirOwnersLive) {
    Snapshot s = sample_snapshot();
    s.allocations[1].iteration = 7;
    EXPECT_EQ(verdict_of(s, s.allocations[1]), Verdict::kCached);
    s.traces.emplace_back();
    s.allocations[1].allocation_class = AllocationClass::kTrace;
    s.allocations[1].program = 0;
    s.allocations[1].trace = 1;
    EXPECT_EQ(verdict_of(s, s.allocations[1]), Verdict::kCached);
    s.allocations[1].trace = 0;
    s.allocations[1].holder_ended = true;
    EXPECT_EQ(verdict_of(s, s.allocations[1]), Verdict::kLeaked);
}

TEST(Verdicts, WithAChipAskedForBytesAreThoseOnThatChip) {
    const Snapshot s = sample_snapshot();
    const Filter filter{.chip = ChipName{.logical_id = 0}};
    EXPECT_EQ(verdict_bytes(s, select(s, filter), over_chips_of(filter)).cached.bytes, 24576u);
}

TEST(Verdicts, WhatWasNotRecordedAndMayLiveMakesABoundOfWhatItMayBelongTo) {
    Snapshot s = sample_snapshot();
    Coverage& live = s.processes[0].coverage;
    live.untracked_allocations = live.untracked_now_allocations = 1;
    const VerdictBytes bytes = verdict_bytes(s, select(s, {}));
    EXPECT_TRUE(bytes.leaked.is_bound && bytes.cached.is_bound && bytes.released_by_close.is_bound);
    EXPECT_FALSE(bytes.held_at_exit.is_bound) << "all of the ended process was recorded";
    EXPECT_EQ(bytes.unknown, std::nullopt);
}

TEST(Verdicts, WhatWasNotRecordedAndIsGoneMayStillHaveLeaked) {
    Snapshot s = sample_snapshot();
    s.processes[0].coverage.untracked_allocations = s.processes[1].coverage.untracked_allocations = 1;
    const VerdictBytes bytes = verdict_bytes(s, select(s, {}));
    EXPECT_TRUE(bytes.leaked.is_bound && bytes.released_by_close.is_bound);
    EXPECT_FALSE(bytes.held_at_exit.is_bound || bytes.cached.is_bound);
}

TEST(Verdicts, MoreThan64BitsHoldIsABound) {
    Snapshot s = sample_snapshot();
    s.allocations[2].requested_bytes = UINT64_MAX;
    EXPECT_EQ(verdict_bytes(s, select(s, {})).held_at_exit, (VerdictSum{UINT64_MAX, true}));
}

}  // namespace
}  // namespace ttmem
