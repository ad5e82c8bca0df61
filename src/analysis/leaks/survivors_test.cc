#include "src/analysis/leaks/survivors.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>

#include "tests/support/iterations_maker.h"

namespace ttmem {
namespace {

TEST(Survivors, OfOneThreadAreSeenBesideAnotherThatKeepsNothing) {
    Kinds kinds;
    std::vector<uint64_t> list;
    for (int i = 0; i < 12; ++i) {
        kinds.begin("step", 1);
        list.push_back(kinds.make());
        kinds.end();
        for (int clean = 0; clean < 17; ++clean) {
            kinds.begin("step", 2);
            kinds.maker.free(kinds.make());
            kinds.end();
        }
    }
    free_all(kinds.maker, list);
    const GrowthReport report = kinds.report();
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
    EXPECT_EQ(report.owners[0].outlived, 9u);
    EXPECT_EQ(report.owners[0].grown.grew_in, 9u);
    EXPECT_EQ(report.owners[0].grown.last, (Sum{9, 90, 90}));
}

TEST(Survivors, OfOneKindOfIterationsAreSeenBetweenOthers) {
    Kinds kinds;
    std::vector<uint64_t> list;
    for (int i = 0; i < 10; ++i) {
        kinds.begin("prefill");
        list.push_back(kinds.make());
        kinds.end();
        for (int step = 0; step < 5; ++step) {
            kinds.begin("decode");
            kinds.maker.free(kinds.make());
            kinds.end();
        }
    }
    free_all(kinds.maker, list);
    Recording recording = kinds.maker.finish();
    const GrowthReport report = growth_of(recording);
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
    EXPECT_EQ(recording.end.texts[report.owners[0].iterations_called], "prefill");
}

TEST(Survivors, AreSeenAmongTemporariesOfTheSameOperation) {
    for (const int lives : {1, 2}) {
        Kinds kinds;
        std::vector<uint64_t> list, before;
        for (int i = 0; i < 16; ++i) {
            kinds.begin();
            list.push_back(kinds.make());
            std::vector<uint64_t> now;
            for (int k = 0; k < 1 + i * 7 % 5; ++k) now.push_back(kinds.make());  // up and down
            if (i % lives == 0) free_all(kinds.maker, before);
            before.insert(before.end(), now.begin(), now.end());
            kinds.end();
        }
        free_all(kinds.maker, before), free_all(kinds.maker, list);
        const GrowthReport report = kinds.report();
        ASSERT_EQ(report.owners.size(), 1u) << lives;
        EXPECT_NE(report.owners[0].grown.certainty, Certainty::kPossible) << lives;
    }
}

TEST(Survivors, OfWhichSomeAreFreedNowAndThenGrowAllTheSame) {
    Kinds kinds;
    std::vector<uint64_t> list;
    for (int i = 0; i < 40; ++i) {
        kinds.begin();
        list.push_back(kinds.make());
        if (i == 20) kinds.maker.free(list[3]), kinds.maker.free(list[4]);
        kinds.end();
    }
    EXPECT_EQ(kinds.report().owners.at(0).grown.certainty, Certainty::kProbable);
}

TEST(Survivors, OfEverySixthIterationGrowWhenAllOfThemStay) {
    Kinds kinds;
    std::vector<uint64_t> list;
    for (int i = 0; i < 60; ++i) {
        kinds.begin();
        if (i % 6 == 0) list.push_back(kinds.make());
        kinds.end();
    }
    free_all(kinds.maker, list);
    const GrowthReport report = kinds.report();
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kProbable);
    EXPECT_EQ(report.owners[0].outlived, 57u);
    EXPECT_EQ(report.owners[0].grown.grew_in, 10u);
}

// Nothing of `report` is more than possible.
void expect_no_leak(const GrowthReport& report) {
    for (const OwnerGrowth& owner : report.owners) EXPECT_EQ(owner.grown.certainty, Certainty::kPossible);
}

TEST(Survivors, OfAWindowAreBounded) {
    for (const size_t window : {2u, 4u, 8u}) {
        Kinds kinds;
        std::deque<uint64_t> last;
        for (int i = 0; i < 48; ++i) {
            kinds.begin();
            last.push_back(kinds.make());
            if (last.size() > window) kinds.maker.free(last.front()), last.pop_front();
            kinds.end();
        }
        SCOPED_TRACE(window);
        expect_no_leak(kinds.report());
    }
}

TEST(Survivors, ThatAreFreedTogetherAgainAndAgainAreBounded) {
    for (const int batches : {4, 8}) {
        Kinds kinds;
        std::vector<uint64_t> list;
        for (int i = 0; i < 6 * batches; ++i) {
            kinds.begin();
            list.push_back(kinds.make());
            if (i % batches == batches - 1) free_all(kinds.maker, list);
            kinds.end();
        }
        SCOPED_TRACE(batches);
        expect_no_leak(kinds.report());
    }
}

TEST(Survivors, OfRequestsThatComeAndGoAreBounded) {
    for (const unsigned seed : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 12u}) {
        std::mt19937 random(seed);
        Kinds kinds;
        std::multimap<int, uint64_t> until;  // the iteration that frees it
        for (int i = 0; i < 300; ++i) {
            kinds.begin();
            until.emplace(i + 1 + static_cast<int>(random() % 20), kinds.make());
            for (auto due = until.begin(); due != until.end() && due->first <= i; due = until.erase(due))
                kinds.maker.free(due->second);
            kinds.end();
        }
        SCOPED_TRACE(seed);
        expect_no_leak(kinds.report());
    }
}

TEST(Survivors, OfACacheThatFillsAndStopsAreNone) {
    Kinds kinds;
    for (int i = 0; i < 48; ++i) {
        kinds.begin();
        if (i < 8) kinds.make();
        kinds.end();
    }
    expect_no_leak(kinds.report());
}

TEST(Survivors, ThatAreMarkedLaterMayStay) {
    Kinds kinds;
    std::vector<uint64_t> list;
    for (int i = 0; i < 16; ++i) {
        kinds.begin();
        list.push_back(kinds.make());
        if (i >= 5) kinds.maker.persist(list[static_cast<size_t>(i - 5)]);
        kinds.maker.free(kinds.make());
        kinds.end();
    }
    expect_no_leak(kinds.report());
}

// An epoch that keeps the losses of its steps and frees them before it ends; a thread beside the steps likewise.
// What history says of what lives when the place is closed, after `iterations` that each free what the one `depth`
// before it made.
std::set<uint64_t> bounded(int iterations, size_t depth, bool leaks_first = false) {
    Kinds kinds;
    std::deque<uint64_t> results;
    for (int i = 0; i < iterations; ++i) {
        kinds.begin();
        results.push_back(kinds.make());
        if (results.size() > depth && !(leaks_first && i == 3)) kinds.maker.free(results.front()), results.pop_front();
        kinds.end();
    }
    const std::set<uint64_t> alive(results.begin(), results.end());
    kinds.maker.close(kinds.chip);
    const GrowthReport report = kinds.report();
    std::set<uint64_t> of = report.repetitions.at(0).bounded;
    EXPECT_TRUE(of.empty() || of == alive);
    return of;
}

TEST(Survivors, OfTheLastIterationAreHandedOnWhereThoseOfEarlierOnesWereFreed) {
    EXPECT_EQ(bounded(8, 1).size(), 1u);
    EXPECT_EQ(bounded(8, 3).size(), 3u);
    EXPECT_EQ(bounded(4, 1).size(), 1u);
    EXPECT_EQ(bounded(3, 1).size(), 0u) << "two are too few to tell";
    EXPECT_EQ(bounded(5, 3).size(), 0u);
    EXPECT_EQ(bounded(20, 1, true).size(), 2u) << "one more is in flight from then on, as the oldest is freed first";
    EXPECT_EQ(bounded(8, 8).size(), 0u) << "none was freed";
}

TEST(Growth, OfWhatItsOwnIterationFreesIsNoneWhateverEndsMeanwhile) {
    Kinds kinds;
    for (int epoch = 0; epoch < 2; ++epoch) {
        kinds.begin("epoch");
        std::vector<uint64_t> list;
        for (int i = 0; i < 12; ++i) {
            list.push_back(kinds.make());
            kinds.begin("step");
            kinds.maker.free(kinds.make());
            kinds.end();
        }
        free_all(kinds.maker, list);
        kinds.end();
    }
    expect_no_leak(kinds.report());
}

TEST(Sessions, OfFewStepsThatEachGrowLeakThoughAllIsFreedBeforeTheClose) {
    for (const int steps : {3, 4, 5}) {
        RecordingMaker maker;
        for (int session = 0; session < 4; ++session) {
            const uint32_t chip = maker.place({1});
            std::vector<uint64_t> list;
            for (int i = 0; i < steps; ++i) {
                maker.begin_iteration();
                list.push_back(maker.alloc(chip, Pool::kDram, 10));
                maker.end_iteration();
            }
            free_all(maker, list);
            maker.close(chip);
        }
        const GrowthReport report = growth_of(maker.finish());
        ASSERT_EQ(report.owners.size(), 1u) << steps;
        EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kProbable);
        EXPECT_EQ(report.owners[0].grown.grew_in, static_cast<uint64_t>(4 * (steps - 1)));
    }
}

TEST(Sessions, ThatFillACacheEachTimeDoNot) {
    RecordingMaker maker;
    for (int session = 0; session < 4; ++session) {
        const uint32_t chip = maker.place({1});
        uint64_t before = 0;
        for (int i = 0; i < 5; ++i) {  // x = step(x), and something in the first
            maker.begin_iteration();
            if (i == 0) maker.alloc(chip, Pool::kDram, 10);
            const uint64_t made = maker.alloc(chip, Pool::kDram, 10);
            if (before != 0) maker.free(before);
            before = made;
            maker.end_iteration();
        }
        maker.close(chip);
    }
    expect_no_leak(growth_of(maker.finish()));
}

TEST(Growth, OnOneChipIsCountedThere) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2}), chip = maker.place({1});
    for (int i = 0; i < 6; ++i) {
        maker.begin_iteration();
        maker.alloc(mesh, Pool::kDram, 100);
        maker.alloc(chip, Pool::kL1, 10);
        maker.end_iteration();
    }
    const Recording recording = maker.finish();
    Filter second;
    second.chip = ChipName{.logical_id = 2};
    const GrowthReport report = growth_of(recording, second);
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.last, (Sum{6, 600, 600}));
    Filter large;
    large.min_bytes = 50;
    ASSERT_EQ(growth_of(recording, large).owners.size(), 1u);
    EXPECT_EQ(growth_of(recording, large).owners[0].grown.last, (Sum{6, 1200, 1200}));
}

// Three of twelve steps left something, all of one operation: it was listed a second time, without its name.
TEST(Survivors, ThatIsAllOfOneOwnerIsNotToldOfAllTogetherAsWell) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), concat = maker.text("concat");
    for (int i = 0; i < 12; ++i) {
        maker.begin_iteration();
        const uint64_t made = maker.alloc(chip, Pool::kDram, 10, concat);
        if (i % 3 != 1) maker.free(made);
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].op, concat);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kPossible);
}

}  // namespace
}  // namespace ttmem
