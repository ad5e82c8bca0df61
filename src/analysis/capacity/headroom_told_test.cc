// What the runtime and the iterations tell of the room beside the peak.
#include <gtest/gtest.h>

#include "src/analysis/capacity/headroom.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// One chip with DRAM of kBanks banks, each of kUnits units.
class HeadroomTold : public testing::Test {
protected:
    static constexpr uint64_t kUnit = 32, kUnits = 64, kBanks = 4;

    HeadroomTold() {
        ChipUse& use = maker.use(0, 1);
        use.chip.pools[static_cast<size_t>(Pool::kDram)] = {kBanks, kUnits * kUnit};
        use.pool(Pool::kDram).capacity_bytes = kBanks * kUnits * kUnit;
    }
    uint64_t alloc(uint64_t address, uint64_t bytes_per_bank, uint32_t op = 0) {
        const uint64_t handle = maker.alloc(place, Pool::kDram, bytes_per_bank, op);
        maker.events.back().address = address;
        maker.events.back().banks = kBanks;
        maker.live.at(handle) = maker.events.back();
        return handle;
    }
    PoolHeadroom dram() { return headroom_of(maker.finish()).pools.at(0); }

    RecordingMaker maker;
    uint32_t place = maker.place({1});
};

// What lies at neither end of a bank leaves no doubt about them where it is known where the bank begins.
TEST_F(HeadroomTold, IsInOnePieceToTheByteWhereABankOfDramIsToldToBegin) {
    alloc(40 * kUnit, 4 * kUnit);
    EXPECT_EQ(dram().untouched_per_bank, (Interval{30 * kUnit, 60 * kUnit}));
    maker.use(0, 1).chip.dram_base = 32;
    EXPECT_EQ(dram().untouched_per_bank, (Interval{39 * kUnit, 39 * kUnit}));
    EXPECT_EQ(dram().now.value().largest_free_per_bank, (Interval{39 * kUnit, 39 * kUnit}));
    maker.use(0, 1).chip.dram_base = 50 * kUnit;
    EXPECT_EQ(dram().untouched_per_bank, std::nullopt) << "it contradicts what lay there";
}

// Five iterations leave a block each, and take one for a while.
TEST_F(HeadroomTold, SaysWhatALeakTakesWithEachIteration) {
    const uint32_t step = maker.text("step"), keep = maker.text("keep");
    for (uint64_t i = 0; i < 5; ++i) {
        maker.begin_iteration(0, step);
        alloc(i * kUnit, kUnit, keep);
        maker.free(alloc(20 * kUnit, 8 * kUnit));
        maker.end_iteration();
    }
    Process& process = maker.recording.end.processes[0];
    process.iterations_begun = process.iterations_ended = 5;
    const std::vector<PoolHeadroom::Leak> leaks = dram().leaks;
    ASSERT_EQ(leaks.size(), 1u);
    EXPECT_EQ(leaks[0].bytes_per_iteration, kUnit * kBanks);
    EXPECT_EQ(std::pair(leaks[0].op, leaks[0].owners), std::pair(keep, uint64_t{1}));
}

// A cache that a larger one replaces in each iteration, with a copy of it for a while: the peak rises by twice what is
// kept, and at the rate of what is kept the room seemed to last twice as long.
TEST_F(HeadroomTold, LastsForAsManyIterationsAsThePeaksTell) {
    const uint32_t step = maker.text("step"), concat = maker.text("concat");
    uint64_t cache = alloc(0, kUnit, concat);
    for (uint64_t i = 1; i <= 5; ++i) {
        maker.begin_iteration(0, step);
        const uint64_t larger = alloc(0, (i + 1) * kUnit, concat);
        maker.free(cache);
        maker.free(alloc(40 * kUnit, (i + 1) * kUnit));
        cache = larger;
        maker.end_iteration();
    }
    Process& process = maker.recording.end.processes[0];
    process.iterations_begun = process.iterations_ended = 5;
    const PoolHeadroom room = dram();
    ASSERT_EQ(room.leaks.size(), 1u);
    const PoolHeadroom::Leak& leak = room.leaks[0];
    EXPECT_EQ(leak.bytes_per_iteration, kUnit * kBanks);
    ASSERT_TRUE(leak.rise);
    EXPECT_EQ(leak.rise->bytes, 2 * kUnit * kBanks);
    EXPECT_TRUE(leak.rise->is_steady);
    EXPECT_EQ(room.headroom->low, (kUnits - 12) * kUnit * kBanks);
    EXPECT_EQ(leak.iterations_left, (kUnits - 12) / 2);
}

// The one that has not ended took its share already: it was promised once more.
TEST_F(HeadroomTold, CountsTheOpenIterationToThoseThatWere) {
    const uint32_t step = maker.text("step"), keep = maker.text("keep");
    for (uint64_t i = 0; i < 6; ++i) {
        maker.begin_iteration(0, step);
        alloc(i * 8 * kUnit, 8 * kUnit, keep);
        if (i < 5) maker.end_iteration();
    }
    Process& process = maker.recording.end.processes[0];
    process.iterations_begun = 6, process.iterations_ended = 5;
    const PoolHeadroom room = dram();
    ASSERT_EQ(room.leaks.size(), 1u);
    EXPECT_EQ(room.leaks[0].iterations_left, (kUnits - 6 * 8) / 8);
}

// Each iteration leaks a block that is larger than the last one: no rate tells how many more fit.
TEST_F(HeadroomTold, PromisesNoNumberOfIterationsWhereEachTakesMore) {
    const uint32_t step = maker.text("step"), keep = maker.text("keep");
    for (uint64_t i = 0; i < 6; ++i) {
        maker.begin_iteration(0, step);
        alloc(i * (i + 1) / 2 * kUnit, (i + 1) * kUnit, keep);
        maker.end_iteration();
    }
    Process& process = maker.recording.end.processes[0];
    process.iterations_begun = process.iterations_ended = 6;
    const PoolHeadroom room = dram();
    ASSERT_EQ(room.leaks.size(), 1u);
    ASSERT_TRUE(room.leaks[0].rise);
    EXPECT_EQ(room.leaks[0].rise->bytes, 6 * kUnit * kBanks);
    EXPECT_TRUE(room.leaks[0].rise->is_growing);
    EXPECT_EQ(room.leaks[0].iterations_left, std::nullopt);
    EXPECT_EQ(room.kept_by_iterations.reserved_bytes, 21 * kUnit * kBanks);
}

// A batch was promised too often: what the last iteration still held was taken for what does not grow with it.
TEST_F(HeadroomTold, CountsWhatTheOpenIterationKeepsToWhatIterationsMade) {
    const uint32_t step = maker.text("step"), out = maker.text("out");
    for (uint64_t i = 0; i < 4; ++i) {
        maker.begin_iteration(0, step);
        const uint64_t result = alloc(0, 8 * kUnit, out);
        if (i == 3) break;
        maker.free(result);
        maker.end_iteration();
    }
    Process& process = maker.recording.end.processes[0];
    process.iterations_begun = 4, process.iterations_ended = 3;
    const PoolHeadroom room = dram();
    EXPECT_EQ(room.kept_by_iterations.reserved_bytes + room.of_iterations->reserved_bytes, 8 * kUnit * kBanks);
}

TEST_F(HeadroomTold, HasNoLeakWhereWhatIterationsLeftGoesAgain) {
    for (uint64_t i = 0; i < 5; ++i) {
        maker.begin_iteration();
        maker.free(alloc(20 * kUnit, 8 * kUnit));
        maker.end_iteration();
    }
    maker.recording.end.processes[0].iterations_ended = 5;
    EXPECT_TRUE(dram().leaks.empty());
}

}  // namespace
}  // namespace ttmem
