#include "src/analysis/recording/stats.h"

#include <gtest/gtest.h>

#include "src/analysis/recording/peak.h"
#include "tests/support/random_recording.h"

namespace ttmem {
namespace {

constexpr uint64_t kStepNs = 1'000'000'000;

// In one pass, whatever chips are found to be used alike on the way.
TEST(Stats, HasTheSameNeedOfACoreAsThePeak) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        RandomRecording random(seed);
        RecordingMaker& maker = random.maker;
        const uint32_t mesh = maker.place({1, 2, 3}), chip = maker.place({2});
        const auto planned = [&](uint64_t address, uint64_t bytes) {
            CircularBuffer buffer;
            buffer.address = address, buffer.bytes = bytes;
            buffer.cores = {CoreRange{0, 0, 1, 1}};
            return maker.plan({buffer});
        };
        maker.change_plan(7, mesh, planned(100, 500));
        maker.change_plan(8, chip, planned(100, 900));
        maker.dispatch(7, mesh);
        maker.alloc(chip, Pool::kL1, 300 + seed);
        maker.dispatch(8, chip);
        const Recording recording = maker.finish();
        const std::vector<CoreNeed> stats = stats_of(recording).cores, peaks = peaks_of(recording).cores;
        ASSERT_EQ(stats.size(), peaks.size()) << seed;
        EXPECT_GE(stats.size(), 2u) << seed;
        for (size_t i = 0; i < stats.size(); ++i) {
            EXPECT_EQ(stats[i].chips, peaks[i].chips) << seed;
            EXPECT_EQ(stats[i].event, peaks[i].event) << seed;
            EXPECT_EQ(stats[i].bytes(), peaks[i].bytes()) << seed;
        }
    }
}

TEST(Stats, CountsSumsAndLifetimes) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2}), matmul = maker.text("matmul"), add = maker.text("add");
    const uint64_t kept = maker.alloc(mesh, Pool::kDram, 100, matmul);           // 1 s
    maker.free(maker.alloc(mesh, Pool::kL1, 64, {.op = add, .requested = 60}));  // 2, 3 s
    const uint64_t closed = maker.alloc(mesh, Pool::kL1, 32, add);               // 4 s
    maker.free(kept);                                                            // 5 s
    maker.close(mesh);                                                           // 6 s
    (void)closed;
    const Stats stats = stats_of(maker.finish());
    EXPECT_EQ(stats.all.allocated, (Sum{3, 2 * 192, 2 * 196}));
    EXPECT_EQ(stats.all.freed, 2u);
    EXPECT_EQ(stats.all.released, 1u);
    EXPECT_EQ(stats.all.live, 0u);
    EXPECT_EQ(stats.all.temporary, 1u);  // the 64 of add; others were made before `kept` went
    ASSERT_EQ(stats.owners.size(), 2u);
    EXPECT_EQ(stats.owners[0].op, matmul);
    EXPECT_EQ(stats.owners[0].all.held, ByteNanoseconds{2 * 100} * 4 * kStepNs);
    EXPECT_EQ(stats.owners[1].all.held, ByteNanoseconds{2 * 64} * kStepNs + ByteNanoseconds{2 * 32} * 2 * kStepNs);
    ASSERT_EQ(stats.pools.size(), 2u);
    EXPECT_EQ(stats.pools[1].pool, Pool::kL1);
    EXPECT_EQ(stats.pools[1].sizes[6], 2u);      // 32 to 63
    EXPECT_EQ(stats.pools[1].lifetimes[6], 2u);  // 1 s and 2 s
    EXPECT_EQ(lifetime_bucket_name(6), "< 10 s");
}

TEST(Stats, SayWhereSumsAreLowerBounds) {
    for (const auto& [count, is_complete] : {std::pair(2, true), std::pair(3, false)}) {
        RecordingMaker maker;
        const uint32_t mesh = maker.place({1});
        for (int i = 0; i < count; ++i) maker.alloc(mesh, Pool::kDram, UINT64_MAX / 2);
        EXPECT_EQ(stats_of(maker.finish()).coverage.complete, is_complete) << count;
    }
}

TEST(Stats, OfMadeUpWorkloadsAddUp) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        const Stats stats = stats_of(random.maker.finish());
        const auto made = static_cast<uint64_t>(
            std::count_if(random.maker.events.begin(), random.maker.events.end(),
                          [](const Event& event) { return event.kind == EventKind::kAllocated; }));
        ASSERT_EQ(stats.all.allocated.allocations, made);
        ASSERT_EQ(stats.all.freed, random.truth.freed_at.size());
        ASSERT_EQ(stats.all.live, random.truth.live.size());
        ASSERT_EQ(stats.all.freed + stats.all.released + stats.all.lost + stats.all.live, made);
        uint64_t sizes = 0;
        for (const PoolStats& pool : stats.pools) {
            for (const uint64_t count : pool.sizes) sizes += count;
        }
        ASSERT_EQ(sizes, made);
    }
}

}  // namespace
}  // namespace ttmem
