#include "src/analysis/overlaps.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

Selection live(const Snapshot& s) { return select(s, {.standing = Standing::kLive}); }

TEST(Overlaps, BlocksSideBySideDoNot) {
    const Snapshot s = sample_snapshot();
    ASSERT_GE(live(s).size(), 2u);
    EXPECT_EQ(overlapping(s, live(s)), Selection{});
}

TEST(Overlaps, ABlockThatBeginsInsideAnotherOneOfItsPoolDoes) {
    Snapshot s = sample_snapshot();
    const Selection all = live(s);
    Allocation second = s.allocations[all[0]];
    second.address.value += second.bytes_per_bank - 1;
    s.allocations.push_back(second);
    const auto added = static_cast<uint32_t>(s.allocations.size() - 1);
    EXPECT_EQ(overlapping(s, live(s)), Selection{added});
    s.allocations[added].address.value += 1;
    EXPECT_EQ(overlapping(s, live(s)), Selection{}) << "it begins where the other one ends";
}

TEST(Overlaps, AnotherPoolAndAnotherPartOfAMeshAreOtherMemory) {
    Snapshot s = sample_snapshot();
    const uint32_t first = live(s)[0];
    s.allocations.push_back(s.allocations[first]);
    s.allocations.back().pool = Pool::kL1;
    EXPECT_EQ(overlapping(s, live(s)), Selection{});
    Place part = s.place_of(s.allocations[first]);
    part.kind = PlaceKind::kMeshPart;
    part.registration = 77;
    s.places.push_back(part);
    s.allocations.back().pool = s.allocations[first].pool;
    s.allocations.back().place.value = static_cast<uint32_t>(s.places.size() - 1);
    EXPECT_EQ(overlapping(s, live(s)), Selection{});
}

}  // namespace
}  // namespace ttmem
