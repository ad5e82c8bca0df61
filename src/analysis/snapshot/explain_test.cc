#include "src/analysis/snapshot/explain.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(Explain, AnAddressBelongsToTheBlockThatBeginsThere) {
    const Explanation e = explain(sample_snapshot(), DeviceAddress{1073737728});
    ASSERT_EQ(e.matches.size(), 1u);
    EXPECT_EQ(e.matches[0].allocation, 1u);
    EXPECT_EQ(e.matches[0].offset, 0u);
    EXPECT_FALSE(e.matches[0].story.empty());
    EXPECT_TRUE(e.neighbours.empty());
}

TEST(Explain, AndToTheOneThatCoversIt) {
    const Explanation e = explain(sample_snapshot(), DeviceAddress{0x20000 + 350207});
    ASSERT_EQ(e.matches.size(), 1u);
    EXPECT_EQ(e.matches[0].allocation, 0u);
    EXPECT_EQ(e.matches[0].offset, 350207u);
}

TEST(Explain, TheFirstByteBehindABlockIsNotItsOwn) {
    const Explanation e = explain(sample_snapshot(), DeviceAddress{0x20000 + 350208});
    EXPECT_TRUE(e.matches.empty());
}

TEST(Explain, LiveMatchesComeBeforeReleasedOnes) {
    const Explanation e = explain(sample_snapshot(), DeviceAddress{0x30000});
    ASSERT_EQ(e.matches.size(), 2u);
    EXPECT_EQ(e.matches[0].allocation, 0u);
    EXPECT_EQ(e.matches[1].allocation, 3u);
}

TEST(Explain, WithoutALiveOwnerTheLiveBlocksBesideItAreNamed) {
    const Explanation e = explain(sample_snapshot(), DeviceAddress{0x40000000 - 2048});
    ASSERT_EQ(e.matches.size(), 1u);  // of the killed process
    ASSERT_EQ(e.neighbours.size(), 1u);
    EXPECT_EQ(e.neighbours[0].pool, Pool::kDram);
    EXPECT_EQ(e.neighbours[0].below, 1u);
    EXPECT_EQ(e.neighbours[0].above, std::nullopt);
}

TEST(Explain, TheFilterNarrowsWhatIsLookedAt) {
    EXPECT_EQ(explain(sample_snapshot(), DeviceAddress{0x30000}, {.pid = 200}).matches.size(), 1u);
    EXPECT_TRUE(explain(sample_snapshot(), DeviceAddress{0x30000}, {.pool = Pool::kL1}).matches.empty());
}

// `matmul` of the sample: 2 x 2 cores, resident on those of chip 1; `add`, which begins at the same address, nowhere.
Snapshot with_circular_buffers() {
    Snapshot s = sample_snapshot();
    ProgramCbs cbs;
    cbs.plan.buffers = {{3, false, 0x19000, 4096, {{0, 0, 1, 1}}}, {4, true, 0, 4096, {{0, 0, 1, 1}}}};
    ProgramCbs::OnChip on{ChipId{0xa1}, {}};
    on.cores.add({0, 0, 1, 1});
    Program add = s.programs[0];
    add.name = "add";
    add.cbs = {cbs};
    cbs.resident_on = {on};
    s.programs[0].cbs = {cbs};
    s.programs.insert(s.programs.begin(), add);
    return s;
}

TEST(ExplainCircularBuffer, SaysWhoseItIsAndWhichProgramIsResident) {
    const Snapshot s = with_circular_buffers();
    const Explanation explanation = explain(s, DeviceAddress{0x19010});
    ASSERT_EQ(explanation.cb_matches.size(), 2u);
    EXPECT_EQ(explanation.cb_matches[0].resident, 4u);
    EXPECT_EQ(explanation.cb_matches[0].offset, 16u);
    EXPECT_EQ(explanation.cb_matches[0].story[0],
              "Circular buffer 3 of the `matmul` program on 2 chips (mesh 0): 4,096 B at 102,400 (0x19000) on each of "
              "4 cores, "
              "(0,0)-(1,1). The address is 16 B into it.");
    EXPECT_EQ(explanation.cb_matches[0].story[1],
              "It is resident on 4 of its 8 cores: others ran another program since.");
    EXPECT_EQ(explanation.cb_matches[1].story[1],
              "It is reserved but not resident: its program has not run yet, or another one ran since on its cores.");
}

TEST(ExplainCircularBuffer, ItsEndIsOutsideAndAnAliasedOneHasNoAddress) {
    const Snapshot s = with_circular_buffers();
    EXPECT_EQ(explain(s, DeviceAddress{0x19fff}).cb_matches.size(), 2u);
    EXPECT_TRUE(explain(s, DeviceAddress{0x1a000}).cb_matches.empty());
    EXPECT_TRUE(explain(s, DeviceAddress{0}).cb_matches.empty());
}

TEST(ExplainCircularBuffer, LiesInL1AndIsOfNoClass) {
    const Snapshot s = with_circular_buffers();
    EXPECT_EQ(explain(s, DeviceAddress{0x19000}, {.pool = Pool::kL1}).cb_matches.size(), 2u);
    EXPECT_TRUE(explain(s, DeviceAddress{0x19000}, {.pool = Pool::kDram}).cb_matches.empty());
    EXPECT_TRUE(explain(s, DeviceAddress{0x19000}, {.allocation_class = AllocationClass::kTensor}).cb_matches.empty());
    EXPECT_TRUE(explain(s, DeviceAddress{0x19000}, {.pid = 200}).cb_matches.empty());
    EXPECT_TRUE(explain(s, DeviceAddress{0x19000}, {.tag = "kv_cache"}).cb_matches.empty());
}

TEST(ExplainCircularBuffer, OfThePastReservesNothing) {
    Snapshot s = with_circular_buffers();
    s.programs.erase(s.programs.begin());
    s.programs[0].cbs[0].resident_on.clear();
    s.programs[0].cbs[0].left_behind = true;
    EXPECT_EQ(explain(s, DeviceAddress{0x19000}).cb_matches[0].story[1],
              "Its program is gone and never gave it back: it reserves nothing, but is a leak.");
    s.programs[0].cbs[0].left_behind = false;
    s.programs[0].cbs[0].released = true;
    EXPECT_EQ(explain(s, DeviceAddress{0x19000}).cb_matches[0].story[1],
              "mesh 0 is closed: nothing is reserved there any more.");
}

}  // namespace
}  // namespace ttmem
