#include "src/analysis/leaks/suspects.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

constexpr uint32_t kZeros = 1, kSoftmax = 2, kOnes = 3;

struct Made {
    Snapshot s;
    Suspects suspects;

    Made() {
        s.texts = {"", "ttnn.zeros", "ttnn.softmax", "ttnn.ones", "model.py", "step"};
        s.processes.emplace_back();
    }
    // Every `period`, from `at` on.
    WallTime make(uint32_t op, uint64_t times, WallTime at, WallTime period, uint32_t line = 0) {
        for (uint64_t i = 0; i < times; ++i, at += period) {
            Allocation a;
            a.op = op, a.since = at;
            suspects.add(a, line);
        }
        return at - period;
    }
};

// 100 weights that are loaded, an input, and a list that a loop appends to.
TEST(Suspects, WhatIsMadeAgainAndAgainUntilTheEndComesBeforeWhatIsMadeFirst) {
    Made made;
    made.make(kOnes, 100, 1'000, 10);
    made.make(kZeros, 1, 2'000, 1);
    const WallTime newest = made.make(kSoftmax, 5, 3'000, 100);
    EXPECT_EQ(made.suspects.in_words(made.s, {newest}), "ttnn.softmax 5, ttnn.ones 100, ttnn.zeros 1");
}

// A layer's cache each, made anew by each step.
TEST(Suspects, WhatOnlyTheLastStepMadeComesLater) {
    Made made;
    made.make(kOnes, 50, 1'000, 10);
    const WallTime newest = made.make(kSoftmax, 5, 3'000, 1'000);
    made.make(kZeros, 32, newest - 100, 1);
    EXPECT_EQ(made.suspects.in_words(made.s, {newest}), "ttnn.softmax 5, ttnn.ones 50, ttnn.zeros 32");
}

TEST(Suspects, AreNamedWithTheirLines) {
    Made made;
    made.s.stacks.push_back({.file = 4, .function = 5, .line = 9});
    made.make(kOnes, 2, 1'000, 10);
    made.make(kOnes, 1, 1'000, 10, 1);
    made.make(kZeros, 1, 1'000, 10);
    const WallTime newest = made.make(kSoftmax, 3, 1'000, 100, 1);
    EXPECT_EQ(made.suspects.in_words(made.s, {newest}),
              "ttnn.softmax 3 at model.py:9 step, ttnn.ones 2, ttnn.zeros 1 and 1 place more");
}

TEST(Suspects, WithoutTimesThoseWithMostComeFirst) {
    Made made;
    made.make(kOnes, 2, 0, 0);
    made.make(kSoftmax, 3, 0, 0);
    EXPECT_EQ(made.suspects.in_words(made.s, {0}), "ttnn.softmax 3, ttnn.ones 2");
    EXPECT_EQ(Suspects().in_words(made.s, {0}), "");
}

}  // namespace
}  // namespace ttmem
