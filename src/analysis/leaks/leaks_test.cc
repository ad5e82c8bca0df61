#include "src/analysis/leaks/leaks.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

// The sample's program was destroyed and did not give its circular buffers back.
Snapshot with_a_plan_left_behind() {
    Snapshot s = sample_snapshot();
    s.programs[0].destroyed = true;
    s.programs[0].op = 1;
    ProgramCbs cbs;
    cbs.left_behind = true;
    s.programs[0].cbs = {cbs};
    return s;
}

TEST(Leaks, OfEndedProcessesWhatTheyHeldAndNotWhatACloseReleased) {
    const std::vector<LeftBy> left = leaks_of(sample_snapshot());
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].process, ProcessIndex{1});
    EXPECT_EQ(left[0].allocations, Selection{2});
    EXPECT_EQ(left[0].sum, (Sum{1, 2048, 24576}));
    ASSERT_EQ(left[0].owners.size(), 1u);
    EXPECT_EQ(left[0].owners[0].owner.allocation_class, AllocationClass::kTensor);
    EXPECT_TRUE(left[0].plans.empty());
}

TEST(Leaks, OfLivingProcessesOnlyWhatLeaked) {
    Snapshot s = sample_snapshot();
    s.allocations[0].iteration = 7;  // and that one is over
    const std::vector<LeftBy> left = leaks_of(s);
    ASSERT_EQ(left.size(), 2u);
    EXPECT_EQ(left[0].process, ProcessIndex{0});
    EXPECT_EQ(left[0].allocations, Selection{0});
    EXPECT_EQ(left[0].owners[0].owner.verdict, Verdict::kLeaked);
}

TEST(Leaks, ALeakStaysOneAfterTheClose) {
    Snapshot s = sample_snapshot();
    s.allocations[3].leaked = true;
    EXPECT_EQ(leaks_of(s)[0].allocations, (Selection{3, 2}));
}

TEST(Leaks, CircularBuffersLeftBehindCountWithoutBytes) {
    const Snapshot s = with_a_plan_left_behind();
    const std::vector<LeftBy> left = leaks_of(s, {.pid = 100});
    ASSERT_EQ(left.size(), 1u);
    EXPECT_TRUE(left[0].allocations.empty());
    EXPECT_EQ(left[0].sum, Sum{});
    ASSERT_EQ(left[0].plans.size(), 1u);
    EXPECT_EQ(leaks_of(s, {.pid = 100, .op = "matmul"}).size(), 1u);
    for (const Filter& other : {Filter{.pid = 100, .chip = ChipName{.logical_id = 9}}, Filter{.pid = 100, .op = "conv"},
                                Filter{.pid = 100, .pool = Pool::kDram}, Filter{.pid = 100, .min_bytes = 1},
                                Filter{.pid = 100, .allocation_class = AllocationClass::kTensor}}) {
        EXPECT_TRUE(leaks_of(s, other).empty());
    }
}

TEST(Leaks, AProcessThatLeftNothingIsNotListed) {
    Snapshot s = sample_snapshot();
    s.allocations[2].released = true;
    EXPECT_TRUE(leaks_of(s).empty());
}

TEST(Leaks, TwoProcessesWithTheSamePidAreTwo) {
    Snapshot s = sample_snapshot();
    s.processes[0].pid = s.processes[1].pid;
    s.processes[0].state = ProcessState::kExited;
    const std::vector<LeftBy> left = leaks_of(s, {.pid = 200});
    ASSERT_EQ(left.size(), 2u);
    EXPECT_EQ(left[0].sum.allocations, 2u);
    EXPECT_EQ(left[1].sum.allocations, 1u);
}

TEST(Leaks, WhatIsKnownAlreadyIsLeftOutAndCounted) {
    Snapshot s = sample_snapshot();
    const std::vector<LeftBy> all = leaks_of(s);
    ASSERT_FALSE(all.empty());
    const Result<Suppressions> known = Suppressions::parse("op:matmul", "a.supp");
    LeaksLeftOut left_out;
    EXPECT_TRUE(leaks_of(s, {}, *known, left_out).empty());
    EXPECT_EQ(left_out.suppressed, (Suppressed{{"op:matmul", all[0].sum}}));
}

// The sample's first process has leaked this many, one in each of these iterations, of five that ended.
Snapshot with_leaks_of(const std::vector<uint32_t>& iterations) {
    Snapshot s = sample_snapshot();
    s.allocations[2].released = true;  // the other process left nothing
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 5;
    const Allocation one = s.allocations[0];
    for (const uint32_t iteration : iterations) {
        s.allocations.push_back(one);
        s.allocations.back().iteration = iteration;
        s.allocations.back().handle = 1000 + iteration;
    }
    return s;
}

TEST(Leaks, KnowWhatTheFirstIterationsLeftAndNoneOfThreeLaterOnes) {
    const auto once_in = [](const std::vector<uint32_t>& iterations) {
        return leaks_of(with_leaks_of(iterations)).at(0).once.allocations;
    };
    EXPECT_EQ(once_in({1}), 1u);
    EXPECT_EQ(once_in({1, 1, 1}), 3u);
    EXPECT_EQ(once_in({1, 2}), 2u) << "two of five are the warm-up";
    EXPECT_EQ(once_in({3}), 0u) << "after the warm-up";
    EXPECT_EQ(once_in({1, 5}), 0u);
}

// Three sessions of six iterations each, of which the first leaves something; then one that leaks in its last, too.
TEST(Leaks, JudgeEachSessionByItself) {
    Snapshot s = with_leaks_of({});
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 24;
    Allocation one = s.allocations[0];
    const Place place = s.places[one.place.value];
    for (const uint32_t iteration : {1u, 7u, 13u, 19u, 24u}) {
        if (iteration != 24) {
            s.places.push_back(place);
            one.place = PlaceIndex{static_cast<uint32_t>(s.places.size() - 1)};
        }
        one.iteration = iteration;
        s.allocations.push_back(one);
    }
    const std::vector<LeftBy> left = leaks_of(s, {.pid = s.processes[0].pid});
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].sum.allocations, 5u);
    EXPECT_EQ(left[0].once.allocations, 3u);
}

TEST(Leaks, OfOneOperationUnderManyTagsRepeat) {
    Snapshot s = with_leaks_of({1, 2, 3, 4, 5});
    for (size_t i = s.allocations.size() - 5; i < s.allocations.size(); ++i) {
        s.texts.push_back("request " + std::to_string(i));
        s.allocations[i].tag = static_cast<uint32_t>(s.texts.size() - 1);
    }
    EXPECT_EQ(leaks_of(s).at(0).once.allocations, 0u);
}

// History tells of the sample's first process that what iterations 3 and 4 left are tables of compiled programs.
Repetitions with_tables(const Snapshot& s, bool is_settled = true) {
    Repetitions history;
    history[s.processes[0].ledger].tables = {{1003, is_settled}, {1004, is_settled}};
    return history;
}

TEST(Leaks, WithCompiledProgramsDidNotRepeat) {
    const auto once_in = [](const std::vector<uint32_t>& iterations) {
        const Snapshot s = with_leaks_of(iterations);
        LeaksLeftOut none;
        return leaks_of(s, {}, {}, none, with_tables(s)).at(0).once.allocations;
    };
    EXPECT_EQ(once_in({3, 4, 4}), 3u);
    EXPECT_EQ(once_in({3, 4, 5}), 2u) << "what came without a program did";
}

TEST(Leaks, ThatGrowAmongTheirOwnKindOfIterationsRepeat) {
    Snapshot s = with_leaks_of({1, 2});
    const Allocation& one = s.allocations.back();
    LeaksLeftOut none;
    EXPECT_EQ(leaks_of(s).at(0).once.allocations, 2u);
    Repetitions grows;
    grows[s.processes[0].ledger].grow.insert({s.texts[one.op], s.texts[one.tag], one.pool, one.allocation_class});
    EXPECT_EQ(leaks_of(s, {}, {}, none, grows).at(0).once.allocations, 0u);
    Repetitions together;
    together[s.processes[0].ledger].grow_together.insert({one.pool, one.allocation_class});
    EXPECT_EQ(leaks_of(s, {}, {}, none, together).at(0).once.allocations, 0u);
}

// That says nothing of what was left.
Repetitions whole_history(const Snapshot& s) { return {{s.processes[0].ledger, {}}}; }

TEST(Leaks, ThatDidNotRepeatCanBeKnownAlready) {
    const Result<Suppressions> known = Suppressions::parse("once:^" + sample_snapshot().texts[3], "a.supp");
    ASSERT_TRUE(known);
    const auto left_of = [&](const std::vector<uint32_t>& iterations) {
        LeaksLeftOut left_out;
        const Snapshot s = with_leaks_of(iterations);
        return leaks_of(s, {}, *known, left_out, whole_history(s)).size();
    };
    EXPECT_EQ(left_of({1, 1}), 0u);
    EXPECT_EQ(left_of({1, 4}), 1u);
    EXPECT_EQ(left_of({3}), 1u) << "caches are full by then";
}

TEST(Leaks, InTooFewIterationsCannotBeKnownAlready) {
    const Result<Suppressions> known = Suppressions::parse("once:^" + sample_snapshot().texts[3], "a.supp");
    for (const uint64_t ended : {1u, 2u, 3u}) {
        Snapshot s = with_leaks_of({1, 1});
        s.processes[0].iterations_begun = s.processes[0].iterations_ended = ended;
        LeaksLeftOut left_out;
        EXPECT_TRUE(leaks_of(s, {}, *known, left_out).empty());
        EXPECT_TRUE(left_out.suppressed.empty());
        ASSERT_EQ(left_out.too_few.not_judged.size(), 1u);
        EXPECT_EQ(left_out.too_few.sum.allocations, 2u);
        EXPECT_EQ(leaks_of(s).at(0).sum.allocations, 2u) << "where nobody knows of it, it leaked";
        if (ended == 1) continue;
        s.allocations.back().iteration = 2;
        EXPECT_EQ(leaks_of(s, {}, *known, left_out, whole_history(s)).at(0).sum.allocations, 2u) << "it came again";
    }
    Snapshot s = with_leaks_of({1, 1});
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 2;
    LeaksLeftOut left_out;
    leaks_of(s, {}, *known, left_out);
    EXPECT_EQ(
        left_out.too_few.not_judged.at(0),
        "process 100 left 2 allocations, 16.0 MiB, that may belong to a cache, as tables of compiled programs do, or "
        "be a leak (embedding): 2 iterations cannot tell; run more than 8");
}

TEST(Leaks, ThatMayBeTablesCannotBeTold) {
    const Snapshot s = with_leaks_of({3, 4});
    const Result<Suppressions> known = Suppressions::parse("once:^" + s.texts[3], "a.supp");
    for (const uint64_t iterations : {5u, 8u, 80u}) {
        Snapshot longer = s;
        longer.processes[0].iterations_begun = longer.processes[0].iterations_ended = iterations;
        LeaksLeftOut left_out;
        EXPECT_TRUE(leaks_of(longer, {}, *known, left_out, with_tables(s, false)).empty());
        EXPECT_EQ(left_out.too_few.sum.allocations, 2u);
    }
    Repetitions grows = with_tables(s, false);
    const Allocation& one = s.allocations.back();
    grows[s.processes[0].ledger].grow.insert({s.texts[one.op], s.texts[one.tag], one.pool, one.allocation_class});
    LeaksLeftOut left_out;
    EXPECT_TRUE(leaks_of(s, {}, *known, left_out, grows).empty()) << "in five iterations everything grows";
    Snapshot longer = s;
    longer.processes[0].iterations_begun = longer.processes[0].iterations_ended = 80;
    EXPECT_EQ(leaks_of(longer, {}, *known, left_out, grows).size(), 1u);
}

TEST(Leaks, BeyondTheWarmUpDidNotRepeatOnlyAsTables) {
    Snapshot s = with_leaks_of({1, 2, 3, 4, 5, 6});
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 30;
    LeaksLeftOut none;
    EXPECT_EQ(leaks_of(s).at(0).once.allocations, 6u) << "without history: the first third";
    EXPECT_EQ(leaks_of(s, {}, {}, none, with_tables(s)).at(0).once.allocations, 2u);
}

// Whatever was freed: of a window, a batch or a last result the first one is gone.
TEST(Leaks, AreCertainWithoutHistoryWhereEachIterationFromTheFirstOnLeftSome) {
    const auto told = [](const std::vector<uint32_t>& iterations, uint64_t ended, const char* by = "") {
        Snapshot s = with_leaks_of(iterations);
        s.processes[0].iterations_begun = s.processes[0].iterations_ended = ended;
        s.processes[0].iterations_by = by;
        s.processes[0].level = "events";
        LeaksLeftOut left_out;
        const std::vector<LeftBy> left = leaks_of(s, {}, {}, left_out);
        const uint64_t leaked = left.empty() ? 0 : left[0].sum.allocations;
        EXPECT_EQ(leaked + left_out.too_few.sum.allocations, iterations.size());
        return leaked;
    };
    EXPECT_EQ(told({1, 2, 3}, 3), 3u);
    EXPECT_EQ(told({1, 2, 2, 3, 4}, 4), 5u);
    EXPECT_EQ(told({1, 2}, 2), 0u) << "two tell nothing";
    EXPECT_EQ(told({1, 2, 3}, 5), 0u) << "a cache that is full";
    EXPECT_EQ(told({3, 4, 5}, 5), 0u) << "a window, or a batch";
    EXPECT_EQ(told({1, 3, 4, 5}, 5), 0u);
    EXPECT_EQ(told({1, 2, 3, 4, 5, 6, 7, 8, 9}, 100), 9u) << "that stopped";
    EXPECT_EQ(told({1, 2, 3, 4, 5, 6, 7, 8, 9, 98, 100}, 100), 9u) << "beside others";
    EXPECT_EQ(told({1, 2, 3}, 3, "ttnn.ones"), 0u) << "may have been set up";
}

TEST(Leaks, WhoseHistoryHasGapsCannotBeTold) {
    const Snapshot s = with_leaks_of({3, 5});
    const Result<Suppressions> known = Suppressions::parse("once:^" + s.texts[3], "a.supp");
    Repetitions history;
    LeaksLeftOut left_out;
    history[s.processes[0].ledger].has_gap = false;
    EXPECT_EQ(leaks_of(s, {}, *known, left_out, history).size(), 1u);
    history[s.processes[0].ledger].has_gap = true;
    EXPECT_TRUE(leaks_of(s, {}, *known, left_out, history).empty());
    EXPECT_TRUE(left_out.too_few.not_judged.at(0).ends_with("its history is missing or has gaps"))
        << left_out.too_few.not_judged[0];
}

}  // namespace
}  // namespace ttmem
