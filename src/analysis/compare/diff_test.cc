#include "src/analysis/compare/diff.h"

#include <gtest/gtest.h>

#include "src/analysis/recording/peak.h"
#include "tests/support/random_recording.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

struct Held {
    const char* op;
    uint64_t bytes;
    bool is_kept;  // else freed, after all is allocated
};

// A process on a chip that takes these, in this order.
RecordingMaker run_of(const std::vector<Held>& what, const std::vector<uint64_t>& chips = {1}) {
    RecordingMaker maker;
    const uint32_t place = maker.place(chips);
    std::vector<uint64_t> freed;
    for (const Held& held : what) {
        const uint32_t op = *held.op != 0 ? maker.text(held.op) : 0;
        const uint64_t handle = maker.alloc(place, Pool::kDram, held.bytes, op);
        if (!held.is_kept) freed.push_back(handle);
    }
    for (const uint64_t handle : freed) maker.free(handle);
    return maker;
}

std::vector<RunFigures> figures_of(std::vector<RecordingMaker> makers) {
    std::vector<RunFigures> runs;
    for (RecordingMaker& maker : makers) {
        runs.push_back(run_figures(maker.finish(), std::string(1, static_cast<char>('a' + runs.size()))));
    }
    return runs;
}

std::vector<std::string> names_of(const std::vector<DiffRow>& rows) {
    std::vector<std::string> names;
    for (const DiffRow& row : rows) names.push_back(row.owner.op + " " + std::string(change_name(row.change())));
    return names;
}

TEST(Diff, ByLineMatchesWhatTheSameLinesMade) {
    const auto run = [](uint64_t bytes) {
        RecordingMaker maker;
        const uint32_t place = maker.place({1});
        const uint32_t stack = maker.frame(0, "/home/me/model.py", 42, "forward");
        for (const char* op : {"matmul", "exp"})
            maker.alloc(place, Pool::kDram, bytes, {.op = maker.text(op), .stack = stack});
        maker.alloc(place, Pool::kDram, 7);
        return run_figures(maker.finish(), "a", Suppressions::by_default(), DiffBy::kLine);
    };
    const std::vector<RunFigures> runs{run(10), run(30)};
    const Diff told = diff(runs);
    for (const std::vector<DiffRow>& rows : {told.pools[0].at_peak, told.pools[0].left}) {
        ASSERT_EQ(rows.size(), 2u);
        EXPECT_EQ(rows[0].owner, (OwnerName{"", "", "model.py:42 forward"}));
        EXPECT_EQ(owner_in_words(rows[0].owner), "`model.py:42 forward`");
        EXPECT_EQ(std::pair(rows[0].runs[0].reserved_bytes, rows[0].runs[1].reserved_bytes),
                  std::pair(uint64_t{20}, uint64_t{60}));
        EXPECT_EQ(rows[1].owner, OwnerName{});
    }
}

TEST(Diff, KnowsWhatFailedInARun) {
    RecordingMaker maker = run_of({{"weights", 100, true}});
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.op = maker.text("empty");
    failure.at = RecordingMaker::kBegan;
    maker.recording.end.processes[0].failures = {failure};
    maker.recording.end.processes[0].failed_allocations = 2;
    const std::vector<RunFigures> runs = figures_of({maker, run_of({})});
    ASSERT_TRUE(runs[0].failure);
    EXPECT_EQ(std::pair(runs[0].failed_op, runs[0].failures), std::pair(std::string("empty"), uint64_t{2}));
    EXPECT_FALSE(runs[1].failure);
}

TEST(Diff, OrdersOwnersByHowMuchTheyChangedAndTellsNewOnesFromThoseThatAreGone) {
    const auto runs =
        figures_of({run_of({{"same", 5, true}, {"grows", 10, false}, {"shrinks", 9, false}, {"goes", 2, false}}),
                    run_of({{"shrinks", 1, false}, {"grows", 30, false}, {"comes", 4, true}, {"same", 5, true}})});
    const Diff found = diff(runs);
    ASSERT_EQ(found.pools.size(), 1u);
    const PoolDiff& dram = found.pools[0];
    EXPECT_EQ(names_of(dram.at_peak),
              (std::vector<std::string>{"grows grew", "shrinks shrank", "comes new", "goes gone", "same same"}));
    EXPECT_EQ(dram.growth_low(), 14);
    EXPECT_EQ(dram.growth_high(), 14);
    EXPECT_EQ(names_of(dram.left), (std::vector<std::string>{"comes new", "same same"}));
    EXPECT_EQ(dram.left_growth(), 4);
    EXPECT_TRUE(found.coverage.complete);
}

TEST(Diff, OrdersOwnersOfThreeRunsByTheirSpread) {
    const auto runs =
        figures_of({run_of({{"a", 10, false}, {"b", 10, false}}), run_of({{"a", 90, false}, {"b", 11, false}}),
                    run_of({{"a", 10, false}, {"b", 12, false}})});
    const PoolDiff dram = diff(runs).pools.at(0);
    EXPECT_EQ(names_of(dram.at_peak), (std::vector<std::string>{"a varies", "b grew"}));
    EXPECT_EQ(dram.at_peak[0].spread(), 80u);
    EXPECT_EQ(dram.growth_low(), 2);
    EXPECT_EQ(dram.spread(), 81u);
}

TEST(Diff, OfARunWithItselfIsNothing) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        const Recording recording = RandomRecording(seed).maker.finish();
        const std::vector<RunFigures> runs{run_figures(recording, "a"), run_figures(recording, "b")};
        for (const PoolDiff& pool : diff(runs).pools) {
            EXPECT_EQ(pool.spread(), 0u);
            EXPECT_EQ(pool.left_growth(), 0);
            for (const auto* rows : {&pool.at_peak, &pool.left}) {
                for (const DiffRow& row : *rows) EXPECT_EQ(row.change(), Change::kSame);
            }
        }
    }
}

TEST(Diff, RowsAddUpToTheirTotals) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        const std::vector<RunFigures> runs{run_figures(RandomRecording(seed).maker.finish(), "a"),
                                           run_figures(RandomRecording(seed + 1000).maker.finish(), "b")};
        for (const PoolDiff& pool : diff(runs).pools) {
            for (size_t run = 0; run < runs.size(); ++run) {
                Sum at_peak, left;
                for (const DiffRow& row : pool.at_peak) at_peak += row.runs[run];
                for (const DiffRow& row : pool.left) left += row.runs[run];
                EXPECT_EQ(at_peak, pool.runs[run]->at_peak);
                EXPECT_EQ(left, pool.runs[run]->left);
                EXPECT_TRUE(pool.runs[run]->exact());
                EXPECT_EQ(at_peak.reserved_bytes, pool.runs[run]->low);
            }
        }
    }
}

TEST(Diff, OfAPeakThatIsNotExactHasTwoBounds) {
    RecordingMaker with_gap = run_of({{"a", 50, true}});
    with_gap.recording.gaps.push_back(
        {ProcessIndex{0}, RecordingMaker::kBegan + 1, RecordingMaker::kBegan + 2, 5, "Events are missing."});
    with_gap.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{50, 70};
    auto runs = figures_of({run_of({{"a", 60, true}}), with_gap});
    const Diff found = diff(runs);
    EXPECT_EQ(found.pools[0].growth_low(), -10);
    EXPECT_EQ(found.pools[0].growth_high(), 10);
    EXPECT_FALSE(found.coverage.complete);
    ASSERT_FALSE(found.coverage.notes.empty());
    EXPECT_TRUE(found.coverage.notes[0].starts_with("b: ")) << found.coverage.notes[0];
}

TEST(Diff, OfSumsThatAreLowerBoundsSaysSoAndHasNoGrowth) {
    const std::vector<Held> all = {
        {"a", UINT64_MAX / 2, true}, {"b", UINT64_MAX / 2, true}, {"c", UINT64_MAX / 2, true}};
    const std::vector<RunFigures> runs = figures_of({run_of({{"a", 100, true}}), run_of(all)});
    const Diff of = diff(runs);
    EXPECT_FALSE(of.coverage.complete);
    EXPECT_FALSE(of.pools.at(0).growth_low());
    EXPECT_FALSE(of.pools.at(0).growth_high());
    EXPECT_FALSE(of.pools.at(0).left_growth());
    const std::vector<RunFigures> backwards =
        figures_of({run_of({{"a", UINT64_MAX - 1, true}}), run_of({{"a", 100, true}})});
    EXPECT_FALSE(diff(backwards).pools.at(0).growth_low()) << "it does not fit";
}

TEST(Diff, NotesThatSumsOverChipsAreOfDifferentNumbersOfThem) {
    const Diff found = diff(figures_of({run_of({{"a", 5, true}}), run_of({{"a", 5, true}}, {1, 2})}));
    EXPECT_TRUE(found.coverage.complete);
    ASSERT_EQ(found.coverage.notes.size(), 1u);
    EXPECT_EQ(found.pools[0].spread(), 0u);
    EXPECT_EQ(found.pools[0].left_growth(), 5);
}

}  // namespace
}  // namespace ttmem
