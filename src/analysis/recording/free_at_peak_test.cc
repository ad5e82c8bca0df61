#include "src/analysis/recording/free_at_peak.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kHoleUnit = 32, kHoleBase = 100 * kHoleUnit;

struct SmallL1 {
    RecordingMaker maker;
    uint32_t place = maker.place({1});

    SmallL1() {
        ChipUse& use = maker.use(0, 1);
        use.chip.pools[static_cast<size_t>(Pool::kL1)] = {2, 64 * kHoleUnit};
        use.pool(Pool::kL1).capacity_bytes = 2 * 64 * kHoleUnit;
        use.chip.l1_base = kHoleBase;
    }
    uint64_t alloc(uint64_t unit, uint64_t units, uint16_t banks = 2) {
        const uint64_t handle = maker.alloc(place, Pool::kL1, units * kHoleUnit);
        maker.events.back().address = kHoleBase + unit * kHoleUnit;
        maker.events.back().banks = banks;
        maker.live.at(handle) = maker.events.back();
        return handle;
    }
    std::optional<Interval> largest_free() {
        const Recording recording = maker.finish();
        const Peaks peaks = peaks_of(recording);
        return largest_free_at(recording, {&peaks.pools.at(0)}).at(0);
    }
};

// By hand: at the peak 4 units at 10, 20 at 30 and the last 4 are taken, so 14 to 30 and 50 to 60 are free.
TEST(FreeAtPeak, IsTheLargestHoleOfThatMomentAlone) {
    SmallL1 l1;
    const uint64_t first = l1.alloc(0, 10);
    l1.alloc(10, 4);
    l1.maker.free(first);
    const uint64_t large = l1.alloc(30, 20);
    l1.alloc(60, 4);
    l1.maker.free(large);
    EXPECT_EQ(l1.largest_free(), (Interval{16 * kHoleUnit, 16 * kHoleUnit}));
}

TEST(FreeAtPeak, MayBeNothingWhereSomeBanksHaveAnAllocatorOfTheirOwn) {
    SmallL1 l1;
    l1.alloc(0, 10);
    l1.alloc(20, 10, 1);
    EXPECT_EQ(l1.largest_free(), (Interval{0, 34 * kHoleUnit}));
}

TEST(FreeAtPeak, IsNotToldOfAPeakThatIsNotExact) {
    SmallL1 l1;
    l1.alloc(0, 10);
    l1.maker.recording.end.processes[0].coverage.untracked_allocations = 1;
    EXPECT_EQ(l1.largest_free(), std::nullopt);
}

}  // namespace
}  // namespace ttmem
