#include "src/analysis/snapshot/attribution.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(Attribution, AMeshAllocationCountsOnceWithTheBytesOfAllItsChips) {
    const Snapshot s = sample_snapshot();
    EXPECT_EQ(sum_of(s, s.allocations[0]), (Sum{1, 2 * 4194304, 2 * 4202496}));
    EXPECT_EQ(sum_of(s, s.allocations[2]), (Sum{1, 2048, 24576}));
}

TEST(Attribution, SharesAddUpToTheTotal) {
    Snapshot s = sample_snapshot();
    s.allocations.push_back(s.allocations[1]);  // a second binary of the same owner
    const Selection all = select(s, {});
    const std::vector<Share> shares = by_owner(s, all);
    Sum sum;
    for (const Share& share : shares) sum += share.sum;
    EXPECT_EQ(sum, total(s, all));
    EXPECT_EQ(sum.allocations, 5u);

    ASSERT_EQ(shares.size(), 4u);  // the released one lies at another session than the held one
    EXPECT_EQ(s.texts[shares[0].owner.op], "embedding");
    EXPECT_EQ(s.texts[shares[1].owner.op], "matmul");
    EXPECT_EQ(shares[1].sum, (Sum{2, 2 * 2 * 24576, 2 * 2 * 24576}));
    EXPECT_EQ(shares[2].owner.process, ProcessIndex{1});
}

TEST(Attribution, OfADeviceThatIsOpenedAgainAnOwnerIsOneRowWithItsVerdict) {
    Snapshot s = sample_snapshot();
    Allocation again = s.allocations[0];
    again.place = PlaceIndex{static_cast<uint32_t>(s.places.size())};
    s.places.push_back(s.places[s.allocations[0].place.value]);
    s.allocations = {s.allocations[0], again};
    EXPECT_EQ(by_owner(s, {0, 1}).size(), 2u);
    ASSERT_EQ(by_owner_and_verdict(s, {0, 1}).size(), 1u);
    EXPECT_EQ(by_owner_and_verdict(s, {1})[0].owner, by_owner_and_verdict(s, {0, 1})[0].owner);
    s.places.back().chips.pop_back();
    EXPECT_EQ(by_owner_and_verdict(s, {0, 1}).size(), 2u) << "of other chips";
}

TEST(Attribution, NothingIsNothing) { EXPECT_EQ(total(sample_snapshot(), {}), Sum{}); }

}  // namespace
}  // namespace ttmem
