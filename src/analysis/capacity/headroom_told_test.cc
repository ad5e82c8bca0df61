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
