#include "src/analysis/leaks/trend.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace ttmem {
namespace {

using State = Trend::State;

// How many blocks live at the end of each of several iterations: those that go are the oldest.
Trend trend_of(const std::vector<uint64_t>& live, uint64_t replaced = 0) {
    Trend trend;
    std::deque<uint64_t> made_in;
    for (uint64_t turn = 1; turn <= live.size(); ++turn) {
        const uint64_t wanted = live[turn - 1];
        for (uint64_t i = 0; i < replaced && !made_in.empty(); ++i) {
            trend.freed(turn, made_in.front());
            made_in.pop_front();
        }
        while (made_in.size() > wanted) {
            trend.freed(turn, made_in.front());
            made_in.pop_front();
        }
        if (wanted > made_in.size()) trend.made(turn, wanted - made_in.size());
        made_in.resize(wanted, turn);
    }
    return trend;
}

State state_of(const std::vector<uint64_t>& live, uint64_t replaced = 0) {
    return trend_of(live, replaced).after(live.size());
}

TEST(Trend, GrowsWhereItsMostIsSurpassedAgainAndAgain) {
    EXPECT_EQ(state_of({1, 2, 3, 4, 5}), State::kGrows);
    EXPECT_EQ(state_of({0, 0, 1, 1, 1, 2, 2, 2, 3, 3}), State::kGrows) << "in every third";
    EXPECT_EQ(state_of({0, 0, 0, 0, 0, 1, 2, 3}), State::kGrows) << "late";
    EXPECT_EQ(state_of({2, 3, 4, 5, 6, 7}, 2), State::kGrows) << "beside what is handed on";
    EXPECT_EQ(state_of({5, 0, 1, 2, 3, 4, 4}), State::kGrows) << "below what the first iteration had";
    EXPECT_EQ(state_of({2, 3, 2, 4, 3, 5, 4, 6, 5}), State::kGrows) << "though it falls now and then";
}

TEST(Trend, OfAFixedNumberThatIsReplacedIsBounded) {
    EXPECT_EQ(state_of({1, 1, 1, 1}, 1), State::kBounded) << "handed on";
    EXPECT_EQ(state_of({1, 1, 1}, 1), State::kUnknown) << "too few";
    EXPECT_EQ(state_of({1, 2, 3, 3, 3, 3}, 1), State::kBounded) << "a window of three";
    EXPECT_EQ(state_of({1, 2, 3, 3, 3}, 1), State::kUnknown) << "a window of three, in too few";
    EXPECT_EQ(state_of({1, 2, 3, 4, 5, 5}, 1), State::kUnknown) << "a window of five, in too few";
    EXPECT_EQ(state_of({0, 0, 1, 1, 1, 1, 1}, 1), State::kBounded) << "the best so far";
    EXPECT_EQ(state_of({1, 2, 0, 1, 2, 0, 1, 2}), State::kBounded) << "a batch of three";
    EXPECT_EQ(state_of({1, 2, 0, 1}), State::kUnknown) << "dropped once";
    EXPECT_EQ(state_of({1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6}), State::kUnknown) << "cleared once in the middle";
    EXPECT_EQ(state_of({1, 2, 3, 4, 1, 2, 3}), State::kUnknown) << "a batch of four, twice";
    EXPECT_EQ(state_of({1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4}, 1), State::kGrewBeside) << "a window that is filled late";
}

TEST(Trend, OfAFixedNumberOfWhichNothingWasFreedIsGrowth) {
    EXPECT_EQ(state_of({1, 2, 2}), State::kGrows) << "a cache of two, which `once:` may name";
    EXPECT_EQ(state_of({3, 3, 3, 3, 3, 3, 3, 3}), State::kGrows);
    EXPECT_EQ(state_of({0, 0, 0, 1, 1}), State::kGrows);
    EXPECT_EQ(state_of({0, 0, 0, 0, 0, 0, 1, 1, 1, 1}), State::kGrows);
    EXPECT_EQ(state_of({0, 0, 0, 1, 1, 1, 1, 1, 1, 1}), State::kGrows);
}

TEST(Trend, WhatIsOlderThanWhatWasFreedIsNotReplaced) {
    Trend trend;
    for (uint64_t turn = 1; turn < 9; ++turn) {
        trend.made(turn, turn == 1 ? 2 : 1);
        if (turn > 1) trend.freed(turn, turn - 1);
    }
    EXPECT_EQ(trend.after(8), State::kBounded);
    EXPECT_TRUE(trend.is_replaced(8));
    EXPECT_FALSE(trend.is_replaced(1));
}

// A list of ten, and after it only the last result, which the next one replaces.
TEST(Trend, OfWhatHasStoppedAndStaysIsNoWindow) {
    const auto list_of = [](uint64_t most, uint64_t turns) {
        Trend trend;
        for (uint64_t turn = 1; turn <= turns; ++turn) {
            trend.made(turn, turn <= most ? 2 : 1);
            if (turn > 1) trend.freed(turn, turn - 1);
        }
        return trend;
    };
    for (const uint64_t turns : {11u, 19u, 20u, 21u, 40u, 400u})
        EXPECT_EQ(list_of(10, turns).after(turns), State::kGrewBeside) << turns;
    EXPECT_FALSE(list_of(10, 40).is_replaced(10)) << "leaked";
    EXPECT_TRUE(list_of(10, 40).is_replaced(40));
    EXPECT_EQ(list_of(3, 40).after(40), State::kBounded) << "a cache";
}

TEST(Trend, MayGrowWhereItRoseLateOrBySeveral) {
    const auto may_grow = [](const std::vector<uint64_t>& live, uint64_t replaced = 0) {
        return trend_of(live, replaced).may_grow(live.size());
    };
    EXPECT_TRUE(may_grow({1, 2}));
    EXPECT_TRUE(may_grow({0, 1, 1, 2, 2}));
    EXPECT_TRUE(may_grow({0, 0, 0, 4}));
    EXPECT_FALSE(may_grow({0, 0, 0, 1})) << "a result";
    EXPECT_FALSE(may_grow({4})) << "the only one";
    EXPECT_FALSE(may_grow({1, 2, 2, 2})) << "a cache";
    EXPECT_FALSE(may_grow({1, 1, 1, 1, 1}, 1));
    EXPECT_TRUE(may_grow({2, 4, 6, 5})) << "a list beside a batch of three";
    EXPECT_TRUE(may_grow({2, 4, 6, 5, 7, 9, 8}));
    EXPECT_FALSE(may_grow({1, 2, 3, 1})) << "a batch of three";
    EXPECT_FALSE(may_grow({1, 2, 3, 4, 2, 3, 4, 2, 3, 4, 2})) << "a batch of which two stay";
}

TEST(Trend, IsNotToldByATurnThatHasNotEnded) {
    Trend trend = trend_of({1, 2, 3, 4});
    for (uint64_t made_in = 1; made_in < 5; ++made_in) trend.freed(5, made_in);
    EXPECT_EQ(trend.after(4), State::kGrows);
    EXPECT_EQ(trend.after(5), State::kUnknown);
}

}  // namespace
}  // namespace ttmem
