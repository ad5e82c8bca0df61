#include "src/analysis/map/floor_holders.h"

#include <gtest/gtest.h>

#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

FloorHolders holders_in(const MapMaker& m) { return floor_holders_of(m.s, maps_of(m.s)[0].l1.value()); }

// Floor, holders and what they strand are all there is up to where the floor would be.
void expect_sums(const FloorHolders& found) {
    EXPECT_EQ(found.floor + found.bytes + found.stranded_bytes, found.floor_without);
    uint64_t bytes = 0, stranded = 0, holders = 0;
    for (const FloorOwner& owner : found.owners) {
        bytes += owner.bytes, stranded += owner.stranded_bytes, holders += owner.holders;
    }
    EXPECT_EQ(bytes, found.bytes);
    EXPECT_EQ(stranded, found.stranded_bytes);
    EXPECT_EQ(holders, found.holders.size());
}

// tt-metal issue 54876: semaphores that a layer allocates anew for each shape.
TEST(FloorHolders, AreSmallBuffersBelowAllOthersWithWhatTheyStrand) {
    MapMaker m;
    const uint32_t gather = m.text("all_gather");
    m.block(Pool::kL1, 9000, 2000);
    for (uint32_t i = 0; i < 8; ++i) m.block(Pool::kL1, 5000 - 64 * i, 64, gather).iteration = 1 + i / 2;
    const FloorHolders found = holders_in(m);
    EXPECT_EQ(found.holders.size(), 8u);
    EXPECT_EQ(found.floor, 5000u - 64 * 7);
    EXPECT_EQ(found.floor_without, 9000u);
    EXPECT_EQ(found.bytes, 512u);
    EXPECT_EQ(found.stranded_bytes, 9000u - 5064);
    ASSERT_EQ(found.owners.size(), 1u);
    EXPECT_EQ(found.owners[0].op, gather);
    EXPECT_EQ(found.owners[0].iterations, 4u);
    EXPECT_EQ(found.owners[0].oldest, MapMaker::kNow - 9 * MapMaker::kSecond);
    expect_sums(found);
}

TEST(FloorHolders, EndAtTheFirstLargeBuffer) {
    MapMaker m;
    m.block(Pool::kL1, 3000, 101);  // more than the hundredth of 10,000
    m.block(Pool::kL1, 5000, 10);
    const FloorHolders found = holders_in(m);
    EXPECT_TRUE(found.holders.empty());
    EXPECT_EQ(found.floor, found.floor_without);
    m.s.allocations[0].bytes_per_bank = 100;
    EXPECT_EQ(holders_in(m).holders.size(), 2u);
}

// A mesh and a sub-mesh may both have a block there. While one of them is no holder, the floor does not depend on the
// other, in whatever order they are listed.
TEST(FloorHolders, AreAllOrNoneOfTheBlocksAtOneAddress) {
    for (const bool moving_first : {true, false}) {
        MapMaker m;
        m.block(Pool::kL1, 3000, 64).iteration = moving_first ? 7 : 0;
        m.block(Pool::kL1, 3000, 32).iteration = moving_first ? 0 : 7;
        m.s.processes[0].open_iterations = {7};
        EXPECT_TRUE(holders_in(m).holders.empty()) << moving_first;
        m.s.processes[0].open_iterations.clear();
        EXPECT_EQ(holders_in(m).holders.size(), 2u) << moving_first;
    }
}

TEST(FloorHolders, AreNotWhatAnIterationThatGoesOnHasMade) {
    MapMaker m;
    m.block(Pool::kL1, 3000, 64).iteration = 7;
    m.s.processes[0].open_iterations = {7};
    EXPECT_TRUE(holders_in(m).holders.empty());
    m.s.allocations[0].persistent = true;
    EXPECT_EQ(holders_in(m).holders.size(), 1u);
    m.s.allocations[0].persistent = false;
    m.s.processes[0].open_iterations = {8};
    EXPECT_EQ(holders_in(m).holders.size(), 1u) << "it outlived its own";
}

TEST(FloorHolders, WithNothingAboveStrandUpToTheTop) {
    MapMaker m;
    m.block(Pool::kL1, 3000, 64);
    const FloorHolders found = holders_in(m);
    EXPECT_EQ(found.floor_without, MapMaker::kTop);
    EXPECT_EQ(found.stranded_bytes, MapMaker::kTop - 3064);
    expect_sums(found);
}

TEST(FloorHolders, AreToldByOwner) {
    MapMaker m;
    const uint32_t a = m.text("a"), b = m.text("b");
    m.block(Pool::kL1, 3000, 64, a);
    m.block(Pool::kL1, 4000, 32, b);
    m.block(Pool::kL1, 4032, 32, a);
    m.block(Pool::kL1, 5000, 6000, b);
    const FloorHolders found = holders_in(m);
    ASSERT_EQ(found.owners.size(), 2u);
    EXPECT_EQ(found.owners[0].op, a);
    EXPECT_EQ(found.owners[0].stranded_bytes, 936u + 936u);
    EXPECT_EQ(found.owners[1].stranded_bytes, 0u);
    expect_sums(found);
}

}  // namespace
}  // namespace ttmem
