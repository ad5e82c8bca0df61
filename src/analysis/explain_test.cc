#include "src/analysis/explain.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

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

}  // namespace
}  // namespace ttmem
