// L1, which buffers share with the circular buffers of whatever program runs.
#include <gtest/gtest.h>

#include "src/analysis/capacity/headroom.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// One chip whose cores have kUnits units of L1 each, and as much DRAM.
class HeadroomL1 : public testing::Test {
protected:
    static constexpr uint64_t kUnit = 32, kUnits = 64, kBanks = 4;

    HeadroomL1() {
        ChipUse& use = maker.use(0, 1);
        use.chip.l1_base = 0;
        for (const Pool pool : {Pool::kL1, Pool::kDram}) {
            use.chip.pools[static_cast<size_t>(pool)] = {kBanks, kUnits * kUnit};
            use.pool(pool).capacity_bytes = kBanks * kUnits * kUnit;
        }
    }
    uint64_t alloc(uint64_t address, uint64_t bytes_per_bank) {
        const uint64_t handle = maker.alloc(place, Pool::kL1, bytes_per_bank);
        maker.events.back().address = address;
        maker.events.back().banks = kBanks;
        maker.live.at(handle) = maker.events.back();
        return handle;
    }
    static CircularBuffer buffer_of(uint64_t bytes) {
        CircularBuffer buffer;
        buffer.bytes = bytes;
        return buffer;
    }
    void run(uint64_t program, uint64_t bytes) {
        maker.change_plan(program, place, maker.plan({buffer_of(bytes)}));
        maker.dispatch(program, place);
    }
    PoolHeadroom l1() {
        for (const PoolHeadroom& room : headroom_of(maker.finish()).pools)
            if (room.peak.pool == Pool::kL1) return room;
        return {};
    }
    static Interval units(uint64_t low, uint64_t high) { return {low * kUnit * kBanks, high * kUnit * kBanks}; }

    RecordingMaker maker;
    uint32_t place = maker.place({1});
};

// L1 buffers grow down, circular buffers up: what is between them is what both may grow into.
TEST_F(HeadroomL1, LeavesTheCircularBuffersOfLiveProgramsAlone) {
    maker.free(alloc(40 * kUnit, 24 * kUnit));
    Program program;
    program.name = "matmul";
    ProgramCbs cbs;
    cbs.place = PlaceIndex{place};
    cbs.plan.buffers.push_back(buffer_of(15 * kUnit));
    program.cbs.push_back(cbs);
    maker.recording.end.programs.push_back(program);
    const PoolHeadroom room = l1();
    ASSERT_TRUE(room.cbs);
    EXPECT_EQ(room.cbs->begin, 0u);
    EXPECT_EQ(room.cbs->lowest, 40 * kUnit);
    EXPECT_EQ(room.cbs->reach, 15 * kUnit);
    EXPECT_EQ(room.cbs->program, "matmul");
    EXPECT_EQ(room.untouched_per_bank, (Interval{25 * kUnit, 25 * kUnit}));
    EXPECT_EQ(room.now->largest_free_per_bank, (Interval{64 * kUnit, 64 * kUnit}));  // for its allocator
    EXPECT_EQ(room.headroom, units(25, 25));
    EXPECT_EQ(room.in_order, units(25, 40));  // when it was dispatched is not known
}

// A program that ran before a buffer was made is cached, and runs again beside it: by the moments alone, the buffer's
// bytes were promised twice, and Python's headroom() was another figure.
TEST_F(HeadroomL1, IsOneFigureThatAProgramThatRanBeforeABufferMayRunAgainWith) {
    run(7, 20 * kUnit);
    alloc(60 * kUnit, 4 * kUnit);
    const PoolHeadroom room = l1();
    EXPECT_EQ(room.headroom, units(40, 40));
    EXPECT_EQ(room.untouched_per_bank, (Interval{40 * kUnit, 40 * kUnit}));
    EXPECT_EQ(room.in_order, units(44, 44));
    EXPECT_EQ(room.peak.low + room.circular_buffers->low + room.headroom->low, room.peak.capacity_bytes);
}

// Buffers that fill L1 while nothing large runs leave no room beside the largest program, but nothing was tight.
TEST_F(HeadroomL1, IsNotToldFirstWhereNoMomentWasTight) {
    maker.free(alloc(24 * kUnit, 40 * kUnit));
    run(7, 30 * kUnit);
    const Headroom headroom = headroom_of(maker.finish());
    EXPECT_EQ(headroom.pools[0].peak.pool, Pool::kDram);
    EXPECT_EQ(headroom.pools[1].headroom, units(0, 0));
    EXPECT_EQ(headroom.pools[1].in_order, units(24, 24));
}

}  // namespace
}  // namespace ttmem
