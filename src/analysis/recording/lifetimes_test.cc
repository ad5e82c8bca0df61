#include "src/analysis/recording/lifetimes.h"

#include <gtest/gtest.h>

#include "src/analysis/recording/timeline.h"
#include "tests/support/random_recording.h"

namespace ttmem {
namespace {

std::vector<PoolPeak> peaks_in(const Timeline& timeline) {
    std::vector<PoolPeak> peaks;
    for (const PoolTimeline& pool : timeline.pools) peaks.push_back(pool.peak);
    return peaks;
}

TEST(Lifetimes, AreFromTheAllocationToTheFree) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t first = maker.alloc(chip, Pool::kDram, 100);
    maker.alloc(chip, Pool::kDram, 50);
    maker.free(first);
    const Recording recording = maker.finish();
    const auto pools = lifetimes_of(recording, peaks_of(recording).pools, 10);
    ASSERT_EQ(pools.size(), 1u);
    ASSERT_EQ(pools[0].kept.size(), 2u);
    EXPECT_EQ(pools[0].kept[0].block.born, 1u);
    EXPECT_EQ(pools[0].kept[0].ended, 3u);
    EXPECT_EQ(pools[0].kept[0].departure, Departure::kFreed);
    EXPECT_EQ(pools[0].kept[0].until - pools[0].kept[0].block.since, 2 * RecordingMaker::kStep);
    EXPECT_EQ(pools[0].kept[1].block.born, 2u);
    EXPECT_EQ(pools[0].kept[1].ended, 0u);
}

TEST(Lifetimes, OfManyThePeakAndTheLeaksAreKeptAndTheRestIsCounted) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.begin_iteration();
    const uint64_t leaked = maker.alloc(chip, Pool::kDram, 1);
    maker.end_iteration();
    maker.free(maker.alloc(chip, Pool::kDram, 500));
    for (int i = 0; i < 5; ++i) maker.free(maker.alloc(chip, Pool::kDram, 100 + i));
    const Recording recording = maker.finish();
    const auto pools = lifetimes_of(recording, peaks_of(recording).pools, 2);
    ASSERT_EQ(pools[0].kept.size(), 2u);
    EXPECT_EQ(pools[0].kept[0].block.handle, leaked);
    EXPECT_EQ(pools[0].kept[1].block.requested_bytes, 500u);
    EXPECT_EQ(pools[0].allocations, 7u);
    EXPECT_EQ(pools[0].left_out, 5u);
    EXPECT_EQ(pools[0].most_left_out_per_bank, 104u);
}

// What a page shows at a moment adds up to its timeline there.
TEST(Lifetimes, AddUpToEachSlotOfTheTimeline) {
    for (uint64_t seed = 0; seed < 40; ++seed) {
        const Recording recording = RandomRecording(seed).maker.finish();
        const Timeline timeline = timeline_of(recording, 16);
        const auto pools = lifetimes_of(recording, peaks_in(timeline), 10'000);
        ASSERT_EQ(pools.size(), timeline.pools.size());
        for (size_t i = 0; i < pools.size(); ++i) {
            EXPECT_EQ(pools[i].left_out, 0u);
            for (const TimelineSlot& slot : timeline.pools[i].slots) {
                uint64_t bytes = 0, allocations = 0;
                for (const Lifetime& lifetime : pools[i].kept) {
                    if (lifetime.block.born > slot.event) continue;
                    if (lifetime.ended != 0 && lifetime.ended <= slot.event) continue;
                    bytes += lifetime.block.reserved_bytes();
                    ++allocations;
                }
                EXPECT_EQ(bytes, slot.bytes) << "seed " << seed << ", event " << slot.event;
                EXPECT_EQ(allocations, slot.allocations) << "seed " << seed << ", event " << slot.event;
            }
        }
    }
}

}  // namespace
}  // namespace ttmem
