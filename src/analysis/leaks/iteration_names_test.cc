#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "src/analysis/leaks/survivors.h"
#include "tests/support/iterations_maker.h"

namespace ttmem {
namespace {

TEST(Survivors, OfIterationsWhoseNamesHaveTheirNumbersAreOfOneKind) {
    for (const bool is_named : {false, true}) {
        Kinds kinds;
        std::vector<uint64_t> list;
        for (int i = 0; i < 3; ++i) {
            kinds.begin(is_named ? ("step " + std::to_string(i)).c_str() : "step");
            list.push_back(kinds.make());
            kinds.end();
        }
        free_all(kinds.maker, list);
        const GrowthReport report = kinds.report();
        ASSERT_EQ(report.owners.size(), 1u) << is_named;
        EXPECT_TRUE(report.owners[0].too_few) << is_named;
    }
}

// Few iterations of each name tell nothing; all of them together do.
TEST(Survivors, OfIterationsOfSeveralNamesAreASequenceToo) {
    const std::vector<const char*> names{"prefill", "decode", "verify", "sample", "emit", "pool"};
    for (const auto& [iterations, certainty] :
         {std::pair(3u, Certainty::kPossible), std::pair(6u, Certainty::kCertain)}) {
        Kinds kinds;
        std::vector<uint64_t> list;
        for (uint32_t i = 0; i < iterations; ++i) {
            kinds.begin(names[i]);
            list.push_back(kinds.make());
            kinds.end();
        }
        free_all(kinds.maker, list);
        const GrowthReport report = kinds.report();
        ASSERT_EQ(report.owners.size(), 1u) << iterations;
        EXPECT_EQ(report.owners[0].grown.certainty, certainty);
        EXPECT_EQ(report.owners[0].too_few, certainty == Certainty::kPossible);
        EXPECT_EQ(report.owners[0].grown.last.allocations, iterations);
    }
}

TEST(Survivors, OfRequestsThatEachHaveATagAreOfOneOperation) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), exp = maker.text("exp");
    std::vector<uint64_t> list;
    for (int i = 0; i < 3; ++i) {
        maker.begin_iteration();
        list.push_back(maker.alloc(chip, Pool::kDram, 10, {.op = exp, .tag = maker.text(std::to_string(i))}));
        maker.end_iteration();
    }
    free_all(maker, list);
    std::vector<OwnerGrowth> owners = growth_of(maker.finish()).owners;
    std::erase_if(owners, [](const OwnerGrowth& owner) { return !owner.too_few; });
    ASSERT_EQ(owners.size(), 1u);
    EXPECT_EQ(owners[0].op, exp);
    EXPECT_EQ(owners[0].grown.last.allocations, 3u);
}

TEST(Survivors, OfRareIterationsAreSeenBesideACommonOneThatReplaces) {
    Kinds kinds;
    std::vector<uint64_t> list, result;
    for (int i = 0; i < 30; ++i) {
        kinds.begin();
        result.push_back(kinds.make());
        if (i > 0) kinds.maker.free(result.front()), result.erase(result.begin());
        kinds.end();
        if (i < 20 || i % 3 != 0) continue;
        kinds.begin(i == 21 ? "save" : i == 24 ? "log" : "test");
        list.push_back(kinds.make());
        kinds.end();
    }
    free_all(kinds.maker, list);
    const GrowthReport report = kinds.report();
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_TRUE(report.owners[0].too_few);
}

// What lives when the place is closed, after `iterations` of as many names: a list, or a result that is handed on.
Repetition of_several_names(uint32_t iterations, bool is_list) {
    const std::vector<const char*> names{"prefill", "decode", "verify", "sample", "emit"};
    Kinds kinds;
    uint64_t before = 0;
    for (uint32_t i = 0; i < iterations; ++i) {
        kinds.begin(names[i]);
        const uint64_t made = kinds.make();
        if (i > 0 && !is_list) kinds.maker.free(before);
        before = made;
        kinds.end();
    }
    kinds.maker.close(kinds.chip);
    return kinds.report().repetitions.at(0);
}

TEST(Survivors, OfSeveralNamesThatAreHandedOnAreBounded) {
    EXPECT_EQ(of_several_names(5, false).bounded.size(), 1u);
    EXPECT_EQ(of_several_names(3, false).maybe_bounded.size(), 1u);
    EXPECT_EQ(of_several_names(2, false).maybe_bounded.size(), 1u);
    for (const uint32_t iterations : {1u, 2u, 3u, 5u}) {
        EXPECT_TRUE(of_several_names(iterations, true).bounded.empty()) << iterations;
        EXPECT_TRUE(of_several_names(iterations, true).maybe_bounded.empty()) << iterations;
    }
}

// A batch that is dropped when it is full, or a window, over iterations of so many names that take turns: what lives of
// it when the place is closed is not known to have leaked.
TEST(Survivors, OfABatchOrAWindowThatNamesShareIsNotLeaked) {
    const std::vector<const char*> names{"forward", "backward", "optimizer"};
    for (const bool is_window : {false, true}) {
        for (size_t called = 1; called <= names.size(); ++called) {
            for (size_t size = 2; size <= 5; ++size) {
                for (size_t iterations = size + 1; iterations <= 16; ++iterations) {
                    Kinds kinds;
                    std::vector<uint64_t> batch;
                    for (size_t i = 0; i < iterations; ++i) {
                        kinds.begin(names[i % called]);
                        if (batch.size() == size) {
                            const auto dropped = batch.begin() + static_cast<ptrdiff_t>(is_window ? 1 : size);
                            for (auto at = batch.begin(); at != dropped; ++at) kinds.maker.free(*at);
                            batch.erase(batch.begin(), dropped);
                        }
                        batch.push_back(kinds.make());
                        kinds.end();
                    }
                    kinds.maker.close(kinds.chip);
                    const Repetition of = kinds.report().repetitions.at(0);
                    // While it has been full but once it looks like a list: what was freed of it may be called growth.
                    EXPECT_TRUE(called == 1 || iterations <= 2 * size || of.grow.empty())
                        << size << " " << iterations << " " << called;
                    EXPECT_EQ(of.bounded.size() + of.maybe_bounded.size(), batch.size())
                        << (is_window ? "window" : "batch") << " of " << size << ", " << iterations << " iterations of "
                        << called << " names";
                }
            }
        }
    }
}

// What only one of them makes and keeps is, also beside others that replace results of the same operation.
TEST(Survivors, WhatOneOfSeveralNamesKeepsLeaks) {
    Kinds kinds;
    for (int i = 0; i < 12; ++i) {
        kinds.begin("decode");
        const uint64_t result = kinds.make();
        kinds.maker.free(result);
        kinds.end();
        if (i % 3 != 0) continue;
        kinds.begin("evaluate");
        kinds.make();
        kinds.end();
    }
    kinds.maker.close(kinds.chip);
    const Repetition of = kinds.report().repetitions.at(0);
    EXPECT_TRUE(of.bounded.empty());
    EXPECT_TRUE(of.maybe_bounded.empty());
}

}  // namespace
}  // namespace ttmem
