#include "src/analysis/capacity/fit_search.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

namespace ttmem {
namespace {

using enum FitVerdict;

// Tries what the search asks for, as often as it asks.
FitSearch searched(uint64_t values, uint64_t at_once, const std::function<FitVerdict(uint64_t)>& verdict_of) {
    FitSearch search(values, at_once);
    for (std::vector<uint64_t> round; !(round = search.next_round()).empty();) {
        for (const uint64_t position : round) {
            EXPECT_LT(position, values);
            EXPECT_FALSE(search.tried().contains(position)) << position << " was tried twice";
            search.tell(position, verdict_of(position));
        }
    }
    return search;
}

std::function<FitVerdict(uint64_t)> below(uint64_t edge) {
    return [edge](uint64_t position) { return position < edge ? kFits : kDoesNotFit; };
}

TEST(FitSearch, FindsTheEdgeWhereverItIsAndHoweverManyAreTriedAtOnce) {
    for (const uint64_t values : {1, 2, 3, 4, 5, 7, 16, 33})
        for (const uint64_t at_once : {0, 1, 2, 3, 8})
            for (uint64_t edge = 0; edge <= values; ++edge) {
                const FitSearchAnswer answer = searched(values, at_once, below(edge)).answer();
                ASSERT_EQ(answer.verdict, edge == 0 ? FitSearchVerdict::kNone : FitSearchVerdict::kFound);
                ASSERT_EQ(answer.largest, edge == 0 ? std::nullopt : std::optional(edge - 1));
                ASSERT_EQ(answer.next, edge == values ? std::nullopt : std::optional(edge));
            }
}

TEST(FitSearch, TriesFewOfMany) {
    EXPECT_LE(searched(256, 1, below(77)).tried().size(), 2u + 8 + 2);
    EXPECT_LE(searched(UINT64_MAX, 1, below(uint64_t{1} << 63)).tried().size(), 2u + 64 + 2);
    EXPECT_EQ(searched(256, 4, below(256)).tried().size(), 4u);
}

// Never fewer than come, and nothing at the end.
TEST(FitSearch, KnowsHowManyAreLeftAtTheMost) {
    for (const uint64_t values : {1, 2, 3, 4, 7, 33, 256})
        for (const uint64_t at_once : {0, 1, 2, 3, 8})
            for (uint64_t edge = 0; edge <= values; ++edge) {
                FitSearch search(values, at_once);
                std::map<size_t, uint64_t> promised;  // when so many had been told
                for (std::vector<uint64_t> round; !(round = search.next_round()).empty();) {
                    promised[search.tried().size()] = search.most_left();
                    for (const uint64_t position : round) search.tell(position, below(edge)(position));
                }
                EXPECT_EQ(search.most_left(), 0u);
                for (const auto& [told, left] : promised)
                    ASSERT_GE(left, search.tried().size() - told) << values << " " << at_once << " " << edge;
            }
    EXPECT_EQ(FitSearch(256, 1).most_left(), 2u + 8 + 2);
}

TEST(FitSearch, ALargerValueThatFitsWhereASmallerOneDoesNotLeavesNoNumber) {
    const auto odd = [](uint64_t position) { return position == 9 ? kDoesNotFit : below(20)(position); };
    const auto last = [](uint64_t position) { return position == 31 ? kFits : below(20)(position); };
    const auto edge = [](uint64_t position) { return position == 18 ? kDoesNotFit : below(20)(position); };
    const auto beyond = [](uint64_t position) { return position == 21 ? kFits : below(20)(position); };
    const auto second = [](uint64_t position) { return position == 1 ? kFits : kDoesNotFit; };
    for (const auto& verdict_of :
         {std::function(last), std::function(edge), std::function(beyond), std::function(second)}) {
        const FitSearchAnswer answer = searched(32, 1, verdict_of).answer();
        EXPECT_EQ(answer.verdict, FitSearchVerdict::kUnknown);
        EXPECT_FALSE(answer.largest || answer.next);
        ASSERT_TRUE(answer.contrary);
        EXPECT_EQ(verdict_of(answer.contrary->first), kDoesNotFit);
        EXPECT_EQ(verdict_of(answer.contrary->second), kFits);
        EXPECT_LT(answer.contrary->first, answer.contrary->second);
    }
    // What is never tried is not seen: the answer is that of the values that were.
    EXPECT_EQ(searched(32, 1, odd).answer().largest, 19u);
}

TEST(FitSearch, WhatCannotBeToldEndsTheSearchWithoutANumber) {
    const auto crashes = [](uint64_t position) { return position >= 20 ? kUnknown : kFits; };
    const FitSearch search = searched(32, 1, crashes);
    EXPECT_EQ(search.answer().verdict, FitSearchVerdict::kUnknown);
    EXPECT_EQ(search.answer().unknown, 31u);
    EXPECT_FALSE(search.answer().largest || search.answer().next);
    EXPECT_EQ(search.tried().size(), 2u);
    EXPECT_EQ(FitSearch(4, 1).answer().verdict, FitSearchVerdict::kUnknown);
}

// The machine that runs the mocks has less memory than some values want.
FitSearch searched_on(uint64_t values, uint64_t at_once, uint64_t edge, const std::function<bool(uint64_t)>& lacks) {
    FitSearch search(values, at_once);
    for (std::vector<uint64_t> round; !(round = search.next_round()).empty();)
        for (const uint64_t position : round) {
            EXPECT_FALSE(search.tried().contains(position)) << position << " was tried twice";
            const bool is_short = lacks(position);
            search.tell(position, is_short ? kUnknown : below(edge)(position),
                        is_short ? HostMemory::kMayBeShort : HostMemory::kNotKnownShort);
        }
    return search;
}

TEST(FitSearch, ABoundOfTheHostIsFoundAndIsNeverTheDevices) {
    for (const uint64_t values : {1, 2, 3, 5, 16, 33})
        for (const uint64_t at_once : {1, 3})
            for (uint64_t edge = 0; edge <= values; ++edge)
                for (uint64_t host = 0; host <= values; ++host) {
                    const auto lacks = [&](uint64_t position) { return position >= host; };
                    const FitSearchAnswer answer = searched_on(values, at_once, edge, lacks).answer();
                    const bool is_device = edge < host || host == values;
                    ASSERT_EQ(answer.verdict, !is_device  ? FitSearchVerdict::kHostMemoryShort
                                              : edge == 0 ? FitSearchVerdict::kNone
                                                          : FitSearchVerdict::kFound)
                        << values << " " << edge << " " << host;
                    const uint64_t fits = std::min(edge, host);
                    ASSERT_EQ(answer.largest, fits == 0 ? std::nullopt : std::optional(fits - 1));
                    ASSERT_EQ(answer.host_memory_short, is_device ? std::nullopt : std::optional(host));
                    ASSERT_EQ(answer.next, is_device && edge < values ? std::optional(edge) : std::nullopt);
                }
}

TEST(FitSearch, AHostThatIsShortNowAndThenMakesNoNumberOfItsOwn) {
    std::mt19937 random(11);
    for (int round = 0; round < 2000; ++round) {
        const uint64_t values = 1 + random() % 40, edge = random() % (values + 1);
        std::vector<bool> is_short(values);
        for (auto&& one : is_short) one = random() % 4 == 0;
        const FitSearchAnswer answer =
            searched_on(values, 1 + random() % 3, edge, [&](uint64_t position) { return is_short[position]; }).answer();
        ASSERT_FALSE(answer.unknown || answer.contrary);
        ASSERT_TRUE(!answer.largest || *answer.largest < edge);
        ASSERT_TRUE(!answer.next || *answer.next >= edge);
        ASSERT_TRUE(answer.verdict != FitSearchVerdict::kFound || *answer.largest + 1 == edge);
        if (answer.verdict == FitSearchVerdict::kHostMemoryShort) {
            ASSERT_TRUE(is_short[*answer.host_memory_short]);
            ASSERT_EQ(*answer.host_memory_short, answer.largest ? *answer.largest + 1 : *answer.host_memory_short);
        }
    }
}

TEST(FitSearch, SaysNoNumberThatSomeTriedValueContradicts) {
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        std::vector<FitVerdict> truth(1 + random() % 40);
        for (FitVerdict& verdict : truth)
            verdict = random() % 8 == 0 ? kUnknown : random() % 2 == 0 ? kFits : kDoesNotFit;
        const FitSearch search =
            searched(truth.size(), 1 + random() % 3, [&](uint64_t position) { return truth[position]; });
        const FitSearchAnswer answer = search.answer();
        if (!answer.largest) continue;
        for (const auto& [position, verdict] : search.tried())
            ASSERT_EQ(verdict.verdict, position <= *answer.largest ? kFits : kDoesNotFit);
        ASSERT_TRUE(!answer.next || *answer.next == *answer.largest + 1);
    }
}

}  // namespace
}  // namespace ttmem
