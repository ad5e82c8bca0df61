#include "src/analysis/capacity/headroom.h"

#include <gtest/gtest.h>

#include <random>

#include "src/analysis/replay/address_ranges.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kUnit = 32, kUnits = 64, kBanks = 4;

// One chip with a pool of kBanks banks, each of kUnits units.
RecordingMaker machine_with(Pool pool, uint32_t& place, std::optional<uint64_t> l1_base = std::nullopt) {
    RecordingMaker maker;
    place = maker.place({1});
    ChipUse& use = maker.use(0, 1);
    use.chip.pools[static_cast<size_t>(pool)] = {kBanks, kUnits * kUnit};
    use.pool(pool).capacity_bytes = kBanks * kUnits * kUnit;
    use.chip.l1_base = l1_base;
    return maker;
}

uint64_t alloc_at(RecordingMaker& maker, uint32_t place, Pool pool, uint64_t address, uint64_t bytes_per_bank,
                  AllocationClass allocation_class = AllocationClass::kTensor) {
    RecordingMaker::What what;
    what.allocation_class = allocation_class;
    const uint64_t handle = maker.alloc(place, pool, bytes_per_bank, what);
    maker.events.back().address = address;
    maker.events.back().banks = kBanks;
    maker.live.at(handle) = maker.events.back();
    return handle;
}

// By hand: 10 units stay at 0, 20 come and go after them, 4 stay at the end of the bank.
TEST(Headroom, IsCapacityLessThePeakAndToldInOnePiece) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    alloc_at(maker, place, Pool::kDram, 0, 10 * kUnit);
    maker.free(alloc_at(maker, place, Pool::kDram, 10 * kUnit, 20 * kUnit));
    alloc_at(maker, place, Pool::kDram, 60 * kUnit, 4 * kUnit);
    const Headroom headroom = headroom_of(maker.finish());
    ASSERT_EQ(headroom.pools.size(), 1u);
    const PoolHeadroom& dram = headroom.pools[0];
    EXPECT_EQ(dram.headroom, (Interval{34 * kUnit * kBanks, 34 * kUnit * kBanks}));
    EXPECT_EQ(dram.kept.reserved_bytes, 10 * kUnit * kBanks);
    EXPECT_EQ(dram.transient.reserved_bytes, 20 * kUnit * kBanks);
    EXPECT_EQ(dram.untouched_per_bank, (Interval{30 * kUnit, 30 * kUnit}));
    ASSERT_TRUE(dram.now);
    EXPECT_EQ(dram.now->free, 50 * kUnit * kBanks);
    EXPECT_EQ(dram.now->largest_free_per_bank, (Interval{50 * kUnit, 50 * kUnit}));
}

// DRAM has most of its room, L1 a sixteenth.
RecordingMaker two_pools(uint32_t& place) {
    RecordingMaker maker = machine_with(Pool::kDram, place);
    ChipUse& use = maker.use(0, 1);
    use.chip.pools[static_cast<size_t>(Pool::kL1)] = {kBanks, kUnits * kUnit};
    use.pool(Pool::kL1).capacity_bytes = kBanks * kUnits * kUnit;
    alloc_at(maker, place, Pool::kDram, 0, 10 * kUnit);
    alloc_at(maker, place, Pool::kL1, 4 * kUnit, 60 * kUnit);
    return maker;
}

TEST(Headroom, BeginsWithThePoolThatIsTight) {
    uint32_t place = 0;
    const Headroom headroom = headroom_of(two_pools(place).finish());
    ASSERT_EQ(headroom.pools.size(), 2u);
    EXPECT_EQ(headroom.pools[0].peak.pool, Pool::kL1);
    EXPECT_FALSE(headroom.pools[0].failure);
}

TEST(Headroom, BeginsWithThePoolThatFailed) {
    uint32_t place = 0;
    RecordingMaker maker = two_pools(place);
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.pool = Pool::kDram;
    failure.place = PlaceIndex{place};
    maker.recording.end.processes[0].failures = {failure};
    const Headroom headroom = headroom_of(maker.finish());
    EXPECT_EQ(headroom.pools[0].peak.pool, Pool::kDram);
    EXPECT_TRUE(headroom.pools[0].failure);
    EXPECT_FALSE(headroom.pools[1].failure);
    maker.recording.end.processes[0].failures[0].kind = FailureKind::kCbClash;
    EXPECT_EQ(headroom_of(maker.finish()).pools[0].peak.pool, Pool::kL1);
}

TEST(Headroom, KnowsWhatIterationsTakeForAWhile) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    const uint64_t staging = alloc_at(maker, place, Pool::kDram, 0, 10 * kUnit);
    maker.begin_iteration();
    maker.free(alloc_at(maker, place, Pool::kDram, 10 * kUnit, 20 * kUnit));
    EXPECT_FALSE(headroom_of(maker.finish()).pools[0].of_iterations);
    maker.end_iteration();
    maker.free(staging);
    maker.alloc(place, Pool::kDram, 0);
    maker.recording.end.processes[0].iterations_ended = 1;
    const PoolHeadroom room = headroom_of(maker.finish()).pools[0];
    EXPECT_EQ(room.transient.reserved_bytes, 30 * kUnit * kBanks);
    ASSERT_TRUE(room.of_iterations);
    EXPECT_EQ(room.of_iterations->reserved_bytes, 20 * kUnit * kBanks);
}

// The peak was in loading, of which iterations had a small part: it said that a batch could be far larger than fits.
TEST(Headroom, TellsABatchByTheMomentThatLeavesItLeast) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    const uint64_t staging = alloc_at(maker, place, Pool::kDram, 0, 30 * kUnit);
    maker.begin_iteration();
    maker.free(alloc_at(maker, place, Pool::kDram, 30 * kUnit, 5 * kUnit));
    maker.free(staging);
    maker.end_iteration();
    maker.begin_iteration();
    maker.free(alloc_at(maker, place, Pool::kDram, 0, 20 * kUnit));
    maker.end_iteration();
    maker.recording.end.processes[0].iterations_ended = 2;
    const PoolHeadroom room = headroom_of(maker.finish()).pools[0];
    ASSERT_TRUE(room.batch);
    EXPECT_TRUE(room.batch->is_steady);
    EXPECT_EQ(room.batch->bytes, 20 * kUnit * kBanks);
    EXPECT_EQ(room.batch->room, (kUnits - 20) * kUnit * kBanks);
}

TEST(Headroom, OfAPoolThatNoOneUsedIsAllOfIt) {
    uint32_t place = 0;
    const Headroom headroom = headroom_of(machine_with(Pool::kDram, place).finish());
    ASSERT_EQ(headroom.pools.size(), 1u);
    EXPECT_EQ(headroom.pools[0].headroom, (Interval{kBanks * kUnits * kUnit, kBanks * kUnits * kUnit}));
    EXPECT_EQ(headroom.pools[0].untouched_per_bank, (Interval{kUnits * kUnit, kUnits * kUnit}));
}

TEST(Headroom, OfAnEndedProcessHasNoNow) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    alloc_at(maker, place, Pool::kDram, 0, kUnit);
    maker.close(place);
    EXPECT_FALSE(headroom_of(maker.finish()).pools[0].now);
}

TEST(Headroom, WithAGapPromisesNoAddressAndNoByteThatWasNotSeen) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    alloc_at(maker, place, Pool::kDram, 0, kUnit);
    maker.recording.gaps.push_back(
        {ProcessIndex{0}, RecordingMaker::kBegan + 1, RecordingMaker::kBegan + 2, 5, "Events are missing."});
    const Headroom headroom = headroom_of(maker.finish());
    EXPECT_FALSE(headroom.coverage.complete);
    EXPECT_FALSE(headroom.pools[0].untouched_per_bank);
    EXPECT_EQ(headroom.pools[0].headroom->low, 0u);
}

TEST(Headroom, OfUntrackedAllocationsIsAnUpperBound) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    maker.recording.end.processes[0].coverage.untracked_allocations = 1;
    const PoolHeadroom dram = headroom_of(maker.finish()).pools[0];
    EXPECT_EQ(dram.headroom, (Interval{0, kBanks * kUnits * kUnit}));
    EXPECT_FALSE(dram.untouched_per_bank);
}

CircularBuffer cb_at(uint64_t address, uint64_t bytes) {
    CircularBuffer buffer;
    buffer.address = address;
    buffer.bytes = bytes;
    return buffer;
}

// By hand: 20 units stay at the end of the bank, 4 come and go below them; a program takes 15 units while the 4 are
// there, another one 18 without them. Both are gone in the end, and the device is closed.
TEST(Headroom, OfL1LeavesTheCircularBuffersOfProgramsThatHaveGoneAlone) {
    constexpr uint64_t kBase = 1000 * kUnit;
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kL1, place, kBase);
    const uint32_t norm = maker.text("norm");
    alloc_at(maker, place, Pool::kL1, kBase + 44 * kUnit, 20 * kUnit);
    maker.change_plan(7, place, maker.plan({cb_at(kBase, 15 * kUnit)}));
    maker.change_plan(8, place, maker.plan({cb_at(kBase, 18 * kUnit)}));
    maker.events.back().op = norm;
    const uint64_t for_a_while = alloc_at(maker, place, Pool::kL1, kBase + 40 * kUnit, 4 * kUnit);
    maker.dispatch(7, place);
    maker.free(for_a_while);
    maker.dispatch(8, place);
    for (const uint64_t program : {7, 8}) maker.add(EventKind::kProgramDestroyed).subject = program;
    maker.close(place);
    const PoolHeadroom l1 = headroom_of(maker.finish()).pools.at(0);
    ASSERT_TRUE(l1.cbs);
    EXPECT_EQ(l1.cbs->reach, kBase + 18 * kUnit);
    EXPECT_EQ(l1.cbs->program, "norm");
    EXPECT_EQ(l1.untouched_per_bank, (Interval{22 * kUnit, 22 * kUnit}));
    // Each figure is one that `peak` and `map` have: 24 units of buffers at the peak, 18 of the larger program. What is
    // left takes it also where that program runs beside the peak.
    EXPECT_EQ(l1.headroom, (Interval{22 * kUnit * kBanks, 22 * kUnit * kBanks}));
    EXPECT_EQ(l1.circular_buffers, (Interval{18 * kUnit * kBanks, 18 * kUnit * kBanks}));
    // 15 + 24 of 64 are taken at the first dispatch, 18 + 20 at the second.
    EXPECT_EQ(l1.in_order, (Interval{25 * kUnit * kBanks, 25 * kUnit * kBanks}));
}

TEST(Headroom, OfL1IsAnIntervalWhereATraceMayRunAnyProgramAtAnyTime) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kL1, place, 0);
    maker.change_plan(7, place, maker.plan({cb_at(0, 18 * kUnit)}));
    maker.dispatch(7, place);
    alloc_at(maker, place, Pool::kL1, 40 * kUnit, 24 * kUnit);
    maker.add(EventKind::kTraceReplayed).place = place;
    const PoolHeadroom l1 = headroom_of(maker.finish()).pools.at(0);
    EXPECT_EQ(l1.headroom, (Interval{22 * kUnit * kBanks, 22 * kUnit * kBanks}));
    EXPECT_EQ(l1.in_order, (Interval{22 * kUnit * kBanks, 40 * kUnit * kBanks}));
}

// An imported graph may tell no addresses: then how much is free in one piece is not known, rather than all but
// nothing.
TEST(Headroom, InOnePieceIsNotKnownWhereNoAddressIs) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place, 0);
    alloc_at(maker, place, Pool::kDram, 0, 10 * kUnit);
    maker.recording.end.processes[0].pid = 0;
    const PoolHeadroom dram = headroom_of(maker.finish()).pools.at(0);
    EXPECT_TRUE(dram.headroom);
    EXPECT_FALSE(dram.untouched_per_bank);
    EXPECT_TRUE(!dram.now || !dram.now->largest_free_per_bank);
}

// At this level only plans are known, of programs that live: what ran beside which buffers no one recorded.
TEST(Headroom, OfL1PromisesNothingOfAProcessThatRecordsNoDispatches) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kL1, place, 0);
    maker.change_plan(7, place, maker.plan({cb_at(0, 18 * kUnit)}));
    alloc_at(maker, place, Pool::kL1, 40 * kUnit, 24 * kUnit);
    maker.recording.gaps.push_back({.process = ProcessIndex{0}, .why = "looks", .sampled = true});
    const PoolHeadroom l1 = headroom_of(maker.finish()).pools.at(0);
    EXPECT_EQ(l1.headroom, (Interval{0, 22 * kUnit * kBanks}));
    ASSERT_TRUE(l1.cbs);
    EXPECT_EQ(l1.cbs->reach, 18 * kUnit);
}

TEST(Headroom, OfL1IsAnIntervalWhereBuffersAreInAPartOfTheBanks) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kL1, place, 0);
    maker.change_plan(7, place, maker.plan({cb_at(0, 18 * kUnit)}));
    alloc_at(maker, place, Pool::kL1, 40 * kUnit, 24 * kUnit);
    maker.events.back().banks = 2;
    maker.dispatch(7, place);
    const PoolHeadroom l1 = headroom_of(maker.finish()).pools.at(0);
    // 24 units of two banks and 18 of all four are taken; on one core they may meet.
    EXPECT_EQ(l1.headroom, (Interval{22 * kUnit * kBanks, 34 * kUnit * kBanks}));
}

TEST(Headroom, OfL1PromisesNothingWhereAPlanIsNotKnown) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kL1, place, 0);
    maker.change_plan(7, place, 0);
    maker.dispatch(7, place);
    EXPECT_EQ(headroom_of(maker.finish()).pools.at(0).headroom, (Interval{0, kUnits * kUnit * kBanks}));
}

// Two allocators that do not know of each other: one took 40 units, the other 8 of the same.
TEST(Headroom, InOnePieceIsNoMoreThanTheHeadroomWhereAllocatorsOverlap) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    const uint32_t part = maker.place({1}, 0, maker.registration(place));
    alloc_at(maker, place, Pool::kDram, 0, 40 * kUnit);
    alloc_at(maker, part, Pool::kDram, 0, 8 * kUnit);
    alloc_at(maker, place, Pool::kDram, 63 * kUnit, kUnit);
    const PoolHeadroom dram = headroom_of(maker.finish()).pools.at(0);
    EXPECT_EQ(dram.headroom, (Interval{15 * kUnit * kBanks, 15 * kUnit * kBanks}));
    EXPECT_EQ(dram.untouched_per_bank, (Interval{15 * kUnit, 15 * kUnit}));
    EXPECT_TRUE(dram.overlaps);
    EXPECT_EQ(dram.now->largest_free_per_bank, (Interval{15 * kUnit, 15 * kUnit}));
}

TEST(Headroom, PromisesNoPieceWhereASubDeviceHasAnAllocatorOfItsOwn) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kL1, place, 0);
    alloc_at(maker, place, Pool::kL1, 60 * kUnit, 4 * kUnit);
    alloc_at(maker, place, Pool::kL1, 0, 4 * kUnit);
    maker.events.back().banks = 1;
    maker.live.at(maker.events.back().subject).banks = 1;
    const PoolHeadroom l1 = headroom_of(maker.finish()).pools.at(0);
    EXPECT_TRUE(l1.partitioned);
    EXPECT_EQ(l1.headroom, (Interval{kBanks * 59 * kUnit, kBanks * 59 * kUnit}));
    EXPECT_EQ(l1.untouched_per_bank, (Interval{0, 56 * kUnit}));
    EXPECT_EQ(l1.now->largest_free_per_bank, (Interval{0, 56 * kUnit}));
}

TEST(Headroom, PromisesNoPieceOfWhatWasInUseBeforeTheRecordingBegan) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    alloc_at(maker, place, Pool::kDram, 0, kUnit);
    maker.recording.end.processes[0].started_at = RecordingMaker::kBegan - 1;
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{kBanks * 9 * kUnit, kBanks * 9 * kUnit};
    const PoolHeadroom dram = headroom_of(maker.finish()).pools.at(0);
    EXPECT_EQ(dram.headroom, (Interval{kBanks * 55 * kUnit, kBanks * 55 * kUnit}));
    EXPECT_FALSE(dram.untouched_per_bank);
}

// The trace region is above DRAM, of whose banks the lowest block tells where they begin at the latest.
TEST(Headroom, OfTheTraceRegionIsToldByWhatLiesInDram) {
    uint32_t place = 0;
    RecordingMaker maker = machine_with(Pool::kDram, place);
    maker.use(0, 1).chip.pools[static_cast<size_t>(Pool::kTrace)] = {kBanks, 16 * kUnit};
    maker.use(0, 1).pool(Pool::kTrace).capacity_bytes = kBanks * 16 * kUnit;
    alloc_at(maker, place, Pool::kDram, kUnit, kUnit);
    alloc_at(maker, place, Pool::kTrace, 65 * kUnit, 4 * kUnit, AllocationClass::kTrace);
    const Headroom headroom = headroom_of(maker.finish());
    ASSERT_EQ(headroom.pools.size(), 2u);
    EXPECT_EQ(headroom.pools[1].peak.pool, Pool::kTrace);
    EXPECT_EQ(headroom.pools[1].untouched_per_bank, (Interval{11 * kUnit, 12 * kUnit}));
}

// A list of units, looked at the plain way.
uint64_t longest_run_of_free(const std::vector<bool>& taken) {
    uint64_t longest = 0, run = 0;
    for (const bool unit : taken) {
        run = unit ? 0 : run + 1;
        longest = std::max(longest, run);
    }
    return longest;
}

TEST(Headroom, EqualsTheTruthOfAnyFirstFitAllocator) {
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        std::mt19937_64 random(seed);
        const bool known = seed % 2 == 0;  // where a bank of L1 begins is known
        const Pool pool = known ? Pool::kL1 : Pool::kDram;
        const uint64_t base = kUnit * (random() % 3);
        uint32_t place = 0;
        RecordingMaker maker = machine_with(pool, place, base);
        std::vector<bool> now(kUnits), ever(kUnits);
        std::map<uint64_t, std::pair<uint64_t, uint64_t>> blocks;  // by handle: begin, size
        uint64_t used = 0, peak = 0;
        for (int step = 0; step < 60; ++step) {
            if (!blocks.empty() && random() % 5 < 2) {
                const auto block = std::next(blocks.begin(), static_cast<ptrdiff_t>(random() % blocks.size()));
                for (uint64_t i = 0; i < block->second.second; ++i) now[block->second.first + i] = false;
                used -= block->second.second;
                maker.free(block->first);
                blocks.erase(block);
                continue;
            }
            const uint64_t size = 1 + random() % 9;
            const bool bottom_up = random() % 4 != 0;
            std::optional<uint64_t> at;
            for (uint64_t i = 0; i + size <= kUnits && (!at || !bottom_up); ++i) {
                bool is_free = true;
                for (uint64_t j = 0; j < size; ++j) is_free &= !now[i + j];
                if (is_free) at = i;
            }
            if (!at) continue;
            for (uint64_t j = 0; j < size; ++j) now[*at + j] = ever[*at + j] = true;
            used += size;
            peak = std::max(peak, used);
            blocks[alloc_at(maker, place, pool, base + *at * kUnit, size * kUnit)] = {*at, size};
        }
        const PoolHeadroom room = headroom_of(maker.finish()).pools.at(0);
        const uint64_t left = (kUnits - peak) * kUnit * kBanks;
        EXPECT_EQ(room.headroom, (Interval{left, left})) << seed;
        EXPECT_EQ(room.now->free, (kUnits - used) * kUnit * kBanks) << seed;
        const uint64_t slack = known ? 0 : base + kUnit * kUnits;
        for (const auto& [found, taken] :
             {std::pair(room.untouched_per_bank, &ever), std::pair(room.now->largest_free_per_bank, &now)}) {
            ASSERT_TRUE(found) << seed;
            const uint64_t truth = longest_run_of_free(*taken) * kUnit;
            EXPECT_LE(found->low, truth) << seed;
            EXPECT_GE(found->high, truth) << seed;
            EXPECT_LE(found->high - found->low, slack) << seed;
        }
    }
}

TEST(AddressRanges, JoinWhatTouches) {
    AddressRanges ranges;
    ranges.add(10, 20);
    ranges.add(30, 40);
    EXPECT_EQ(ranges.largest_hole(), 10u);
    ranges.add(20, 25);
    ranges.add(24, 31);
    ranges.add(12, 14);
    EXPECT_EQ(ranges.largest_hole(), 0u);
    EXPECT_EQ(ranges.lowest(), 10u);
    EXPECT_EQ(ranges.end(), 40u);
}

TEST(AddressRanges, ThatABankCannotHoldHaveNoBank) {
    AddressRanges ranges;
    ranges.add(10, 50);
    EXPECT_FALSE(bank_around(ranges, std::nullopt, 39));
    EXPECT_FALSE(bank_around(ranges, Interval{11, 11}, 40));
    EXPECT_EQ(bank_around(ranges, std::nullopt, 45)->begin, (Interval{5, 10}));
    EXPECT_EQ(largest_gap(ranges, *bank_around(ranges, std::nullopt, 45)), (Interval{3, 5}));
}

}  // namespace
}  // namespace ttmem
