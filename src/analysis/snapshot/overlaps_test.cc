#include "src/analysis/snapshot/overlaps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <random>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

std::vector<std::pair<uint32_t, uint32_t>> of(const Snapshot& s) {
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (const Overlap& overlap : overlaps(s, select(s, {.standing = Standing::kLive})))
        pairs.emplace_back(overlap.allocation, overlap.inside);
    return pairs;
}
using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;

// The index of a copy of the sample's first allocation.
uint32_t add_copy(Snapshot& s) {
    s.allocations.push_back(s.allocations[0]);
    return static_cast<uint32_t>(s.allocations.size() - 1);
}

TEST(Overlaps, BlocksSideBySideDoNot) { EXPECT_EQ(of(sample_snapshot()), Pairs{}); }

TEST(Overlaps, ABlockThatBeginsInsideAnotherOneOfItsPoolDoes) {
    Snapshot s = sample_snapshot();
    const uint32_t added = add_copy(s);
    s.allocations[added].address.value += s.allocations[0].bytes_per_bank - 1;
    EXPECT_EQ(of(s), (Pairs{{added, 0}}));
    s.allocations[added].address.value += 1;
    EXPECT_EQ(of(s), Pairs{}) << "it begins where the other one ends";
}

TEST(Overlaps, AnotherPoolIsOtherMemoryAndABlockOfNoBytesTakesNone) {
    Snapshot s = sample_snapshot();
    const uint32_t added = add_copy(s);
    s.allocations[added].pool = Pool::kL1;
    EXPECT_EQ(of(s), Pairs{});
    s.allocations[added].pool = s.allocations[0].pool;
    s.allocations[added].bytes_per_bank = 0;
    EXPECT_EQ(of(s), Pairs{});
}

// A sub-mesh has an allocator of its own, over the same memory: that is how blocks come to overlap.
TEST(Overlaps, AChipItsMeshAndAPartOfTheMeshAreTheSameMemory) {
    Snapshot s = sample_snapshot();
    for (const PlaceKind kind : {PlaceKind::kChip, PlaceKind::kMeshPart}) {
        const uint32_t added = add_copy(s);
        s.places.push_back(s.places[0]);
        s.places.back().kind = kind;
        s.places.back().registration = 77;
        s.places.back().chips = {ChipId{0xa0}};
        s.allocations[added].place.value = static_cast<uint32_t>(s.places.size() - 1);
    }
    EXPECT_EQ(of(s), (Pairs{{4, 0}, {5, 0}}));
}

TEST(Overlaps, TheOneThatReachesFurthestIsNamed) {
    Snapshot s = sample_snapshot();
    const uint32_t longer = add_copy(s), last = add_copy(s);
    s.allocations[longer].bytes_per_bank *= 2;
    s.allocations[last].address.value += 1024;
    EXPECT_EQ(of(s), (Pairs{{longer, 0}, {last, longer}}));
}

TEST(Overlaps, OfAMeshAndItsPartTheSentenceNamesThemAndNothingIsMissing) {
    Snapshot s = sample_snapshot();
    note_overlaps(s);
    EXPECT_EQ(told_overlaps(s.coverage), nullptr);
    const bool complete = s.coverage.complete;
    const uint32_t added = add_copy(s);
    note_overlaps(s);
    ASSERT_NE(told_overlaps(s.coverage), nullptr);
    EXPECT_NE(told_overlaps(s.coverage)->find("a free was missed"), std::string::npos);
    s.places.push_back(s.places[0]);
    s.places.back().kind = PlaceKind::kMeshPart;
    s.allocations[added].place.value = static_cast<uint32_t>(s.places.size() - 1);
    note_overlaps(s);
    EXPECT_NE(told_overlaps(s.coverage)->find("a mesh and its sub-meshes"), std::string::npos);
    EXPECT_EQ(s.coverage.complete, complete);
    s.allocations.pop_back();
    note_overlaps(s);
    EXPECT_EQ(told_overlaps(s.coverage), nullptr) << "that was another moment";
}

TEST(Overlaps, WhatAnEndedProcessHadIsHeldAgainstItsOwnBlocksOfTheSameTime) {
    Snapshot s = sample_snapshot();
    const uint32_t added = add_copy(s);
    for (Process& process : s.processes) process.state = ProcessState::kExited;
    for (Allocation& a : s.allocations) {
        if (a.process != s.allocations[0].process) a.bytes_per_bank = 0;
    }
    const auto found = [&] { return told_overlaps((note_overlaps(s), s.coverage)) != nullptr; };
    EXPECT_TRUE(found());
    s.allocations[0].released = s.allocations[added].released = true;
    s.places.push_back(s.places[0]);
    s.allocations[added].place.value = static_cast<uint32_t>(s.places.size() - 1);
    s.places[s.allocations[0].place.value].closed_at = 50;
    s.allocations[0].since = 10;
    s.allocations[added].since = 40;
    EXPECT_TRUE(found());
    s.allocations[added].since = 60;
    EXPECT_FALSE(found()) << "the other place was closed before";
    s.allocations[added].since = 40;
    s.allocations[added].process.value = 1 - s.allocations[0].process.value;
    EXPECT_FALSE(found()) << "processes may have run one after the other";
}

// Compared with every block against every other one. In an ended process they were in use at times of their own.
TEST(Overlaps, AreThoseThatAComparisonOfAllFinds) {
    for (uint64_t seed = 0; seed < 400; ++seed) {
        std::mt19937_64 random(seed);
        const auto below = [&](uint64_t limit) { return random() % limit; };
        Snapshot s = sample_snapshot();
        const Place place = s.places[0];
        const Allocation allocation = s.allocations[0];
        s.places.clear(), s.allocations.clear();
        const bool lives = seed % 4 == 0;
        for (Process& process : s.processes) process.state = lives ? ProcessState::kLive : ProcessState::kExited;
        for (uint64_t i = 0; i < 5; ++i) {
            s.places.push_back(place);
            if (i != 0) s.places.back().closed_at = static_cast<WallTime>(100 * i);
            s.places.back().chips = {ChipId{1 + below(3)}};
            if (below(2) == 0) s.places.back().chips.push_back(ChipId{9});
        }
        for (uint64_t i = 0; i < 40; ++i) {
            Allocation& made = s.allocations.emplace_back(allocation);
            made.place.value = static_cast<uint32_t>(below(5));
            made.released = !lives && made.place.value != 0 && below(4) != 0;
            made.since = static_cast<WallTime>(below(100 * made.place.value + 1));
            made.address.value = below(30) * 10;
            made.bytes_per_bank = below(60);
        }
        const auto until = [&](const Allocation& a) {
            return a.released ? *s.places[a.place.value].closed_at : std::numeric_limits<WallTime>::max();
        };
        Pairs expected;
        for (uint32_t i = 0; i < s.allocations.size(); ++i) {
            const Allocation& a = s.allocations[i];
            std::optional<uint32_t> inside;
            for (uint32_t j = 0; j < s.allocations.size(); ++j) {
                const Allocation& b = s.allocations[j];
                const bool is_before = std::pair(b.address.value, j) < std::pair(a.address.value, i);
                const bool shares = std::ranges::any_of(s.place_of(a).chips, [&](ChipId chip) {
                    return std::ranges::count(s.place_of(b).chips, chip) != 0;
                });
                if (is_before && shares && a.bytes_per_bank != 0 && a.address.value < b.end() && a.since <= until(b) &&
                    b.since <= until(a) && (!inside || b.end() > s.allocations[*inside].end()))
                    inside = j;
            }
            if (inside) expected.emplace_back(i, static_cast<uint32_t>(s.allocations[*inside].end()));
        }
        Selection all(s.allocations.size());
        std::iota(all.begin(), all.end(), 0);
        Pairs found;  // which of several that reach equally far is told does not matter
        for (const Overlap& overlap : overlaps(s, all))
            found.emplace_back(overlap.allocation, static_cast<uint32_t>(s.allocations[overlap.inside].end()));
        std::ranges::sort(found);
        ASSERT_EQ(found, expected) << seed;
    }
}

}  // namespace
}  // namespace ttmem
