#include "src/analysis/overlaps.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ttmem
