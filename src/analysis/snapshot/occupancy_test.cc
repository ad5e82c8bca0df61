#include "src/analysis/snapshot/occupancy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "src/analysis/replay/address_ranges.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

constexpr uint64_t kL1OfACore = 1'000'000;
constexpr uint64_t kBeginOfL1 = 100'000;

// One chip with L1 in ten banks (cores), and nothing in it.
Snapshot snapshot_of_l1() {
    Snapshot s;
    Process process;
    process.ledger = LedgerId{1};
    s.processes = {process};
    Place place;
    place.chips = {ChipId{0xa0}};
    place.process = ProcessIndex{0};
    s.places = {place};
    ChipUse use = sample_chip(0xa0, 0);
    use.chip.l1_base = kBeginOfL1;
    use.chip.pools[static_cast<size_t>(Pool::kL1)] = {10, kL1OfACore};
    use.pool(Pool::kL1).capacity_bytes = 10 * kL1OfACore;
    use.cb.reserved_bytes = 0;
    s.chips = {use};
    return s;
}

void occupy(Snapshot& s, uint64_t address, uint64_t bytes_per_bank, Pool pool = Pool::kL1) {
    Allocation a;
    a.address = DeviceAddress{address};
    a.bytes_per_bank = bytes_per_bank;
    a.requested_bytes = bytes_per_bank * 10;
    a.banks = a.data_banks = 10;
    a.pool = pool;
    s.allocations.push_back(a);
    PoolUse& use = s.chips[0].pool(pool);
    use.reserved_bytes = use.reserved_bytes.value_or(0) + a.reserved_bytes();
    use.allocations = use.allocations.value_or(0) + 1;
}

void plan_buffers(Snapshot& s, uint64_t address, uint64_t bytes, uint8_t cores) {
    auto regions = std::make_shared<CbRegions>();
    CbRegion region{address, bytes, {}};
    region.cores.add({0, 0, static_cast<uint8_t>(cores - 1), 0});
    regions->reserved = {region};
    s.chips[0].cb.regions = regions;
    s.chips[0].cb.reserved_bytes = bytes * cores;
}

const PoolOccupancy& l1_occupancy(const std::vector<ChipOccupancy>& chips) { return chips.at(0).pool(Pool::kL1); }

TEST(Occupancy, IsCapacityOfWhichPartsAreAllocatedFreeAndReserved) {
    Snapshot s = snapshot_of_l1();
    occupy(s, kBeginOfL1 + 600'000, 100'000);
    plan_buffers(s, kBeginOfL1, 50'000, 3);
    const std::vector<ChipOccupancy> chips = occupancy_of(s);
    const PoolOccupancy& l1 = l1_occupancy(chips);
    EXPECT_EQ(l1.capacity_bytes, 10'000'000u);
    EXPECT_EQ(l1.allocated_bytes, 1'000'000u);
    EXPECT_EQ(l1.reserved_bytes, 150'000u);
    EXPECT_EQ(l1.free_bytes, 8'850'000u);
    EXPECT_EQ(l1.largest_free_bytes, 6'000'000u);  // as its allocator sees it, which knows no circular buffers
}

TEST(Occupancy, CountsWhatABufferAndACircularBufferShareOnce) {
    Snapshot s = snapshot_of_l1();
    occupy(s, kBeginOfL1 + 20'000, 10'000);
    plan_buffers(s, kBeginOfL1, 50'000, 3);
    const std::vector<ChipOccupancy> chips = occupancy_of(s);
    EXPECT_EQ(l1_occupancy(chips).reserved_bytes, 3 * 40'000u);
    EXPECT_EQ(l1_occupancy(chips).free_bytes, 10'000'000u - 100'000 - 120'000);
}

TEST(Occupancy, CountsRegionsThatLieOverEachOtherOnce) {
    Snapshot s = snapshot_of_l1();
    occupy(s, 600'000, 1'000);
    plan_buffers(s, 599'000, 2'000, 4);  // half of it beside the buffer
    auto regions = std::make_shared<CbRegions>(*s.chips[0].cb.regions);
    regions->reserved.push_back(regions->reserved[0]);
    regions->reserved.push_back({100'000, 4'000, regions->reserved[0].cores});
    regions->reserved.push_back({100'000, 3'000, regions->reserved[0].cores});
    s.chips[0].cb.regions = regions;
    s.chips[0].cb.reserved_bytes = (2'000 + 4'000) * 4;
    EXPECT_EQ(l1_occupancy(occupancy_of(s)).reserved_bytes, (1'000u + 4'000u) * 4);
}

TEST(Occupancy, LacksWhatIsNotKnown) {
    Snapshot s = snapshot_of_l1();
    s.chips[0].pool(Pool::kL1).capacity_bytes.reset();
    EXPECT_FALSE(l1_occupancy(occupancy_of(s)).free_bytes);
    s = snapshot_of_l1();
    s.chips[0].cb.reserved_bytes.reset();  // no source tells of circular buffers
    EXPECT_FALSE(l1_occupancy(occupancy_of(s)).free_bytes);
    EXPECT_FALSE(l1_occupancy(occupancy_of(s)).reserved_bytes);
    s = snapshot_of_l1();
    for (int process = 0; process < 2; ++process) occupy(s, kBeginOfL1, 600'000);  // two allocators, one memory
    EXPECT_EQ(l1_occupancy(occupancy_of(s)).allocated_bytes, 12'000'000u);
    EXPECT_FALSE(l1_occupancy(occupancy_of(s)).free_bytes);
}

TEST(Occupancy, NamesLeakedBytesOfLiveProcessesOnly) {
    Snapshot s = snapshot_of_l1();
    occupy(s, kBeginOfL1, 1'000);
    s.allocations[0].holder_ended = true;
    EXPECT_EQ(l1_occupancy(occupancy_of(s)).leaked_bytes, 10'000u);
    s.processes[0].state = ProcessState::kKilled;
    EXPECT_EQ(l1_occupancy(occupancy_of(s)).leaked_bytes, 0u);
}

TEST(Occupancy, AddsUpInAnyWorkload) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        Snapshot s = snapshot_of_l1();
        std::vector<bool> taken(1000);  // a bank in pieces of a thousand bytes
        for (int i = 0; i < 30; ++i) {
            const uint64_t at = random() % 990, length = 1 + random() % 10;
            if (std::any_of(taken.begin() + static_cast<ptrdiff_t>(at),
                            taken.begin() + static_cast<ptrdiff_t>(at + length), [](bool is) { return is; }))
                continue;
            std::fill_n(taken.begin() + static_cast<ptrdiff_t>(at), length, true);
            occupy(s, kBeginOfL1 + at * 1000, length * 1000);
        }
        const uint64_t reach = 1 + random() % 300;
        const auto cores = static_cast<uint8_t>(1 + random() % 10);
        plan_buffers(s, kBeginOfL1, reach * 1000, cores);
        const std::vector<ChipOccupancy> chips = occupancy_of(s);
        const PoolOccupancy& l1 = l1_occupancy(chips);
        ASSERT_TRUE(l1.free_bytes && l1.largest_free_bytes);
        EXPECT_EQ(*l1.capacity_bytes, *l1.allocated_bytes + *l1.free_bytes + *l1.reserved_bytes);
        uint64_t reserved = 0, hole = 0, largest = 0;
        for (uint64_t i = 0; i < taken.size(); ++i) {
            reserved += i < reach && !taken[i] ? cores : 0;
            hole = taken[i] ? 0 : hole + 1;
            largest = std::max(largest, hole);
        }
        EXPECT_EQ(*l1.reserved_bytes, reserved * 1000);
        EXPECT_EQ(*l1.largest_free_bytes, largest * 10 * 1000);
    }
}

// Of a million blocks only the outline is kept: it says the same as all of them, also where they lie over each other.
TEST(Occupancy, FindsTheLargestFreeBlockAmongBlocksOfAnyOrder) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 300; ++round) {
        Snapshot s = snapshot_of_l1();
        s.chips[0].chip.pools[static_cast<size_t>(Pool::kDram)] = {10, 100'000};
        s.chips[0].pool(Pool::kDram).capacity_bytes = 1'000'000'000;
        s.chips[0].pool(Pool::kDram).reserved_bytes = 0;
        AddressRanges taken;
        const uint64_t blocks = 1 + random() % 8;
        for (uint64_t i = 0; i < blocks; ++i) {
            const uint64_t at = 4'000 + random() % 80'000, bytes = random() % 6'000;
            occupy(s, at, bytes, Pool::kDram);
            taken.add(at, at + bytes);
        }
        const auto bank = bank_around(taken, std::nullopt, 100'000);
        ASSERT_TRUE(bank);
        EXPECT_EQ(occupancy_of(s)[0].pool(Pool::kDram).largest_free_bytes, 10 * largest_gap(taken, *bank).low);
    }
}

void expect_largest_free_block(const std::vector<AddressRange>& blocks, uint64_t bank_bytes) {
    Snapshot s = snapshot_of_l1();
    s.chips[0].chip.pools[static_cast<size_t>(Pool::kDram)] = {10, bank_bytes};
    s.chips[0].pool(Pool::kDram).capacity_bytes = UINT64_MAX;
    s.chips[0].pool(Pool::kDram).reserved_bytes = 0;
    AddressRanges taken;
    for (const auto& [from, to] : blocks) {
        occupy(s, from, to - from, Pool::kDram);
        taken.add(from, to);
    }
    const auto bank = bank_around(taken, std::nullopt, bank_bytes);
    ASSERT_TRUE(bank);
    EXPECT_EQ(occupancy_of(s)[0].pool(Pool::kDram).largest_free_bytes, 10 * largest_gap(taken, *bank).low);
}

TEST(Occupancy, FindsTheLargestFreeBlockAmongVeryManyBlocks) {
    constexpr uint64_t kBlocks = 70'000;
    std::mt19937_64 random(12);
    // A hole among full addresses, wide and narrow; or one after each block, all of other sizes. Beside all blocks much
    // is free, little, or nothing.
    for (const uint64_t hole : {100'000u, 1'000u, 7u, 0u}) {
        for (const uint64_t beside : {1'000'000u, 3'000u, 0u}) {
            SCOPED_TRACE(testing::Message() << "hole " << hole << ", beside " << beside);
            std::vector<AddressRange> blocks;
            const uint64_t at_hole = random() % kBlocks;
            for (uint64_t i = 0; i < kBlocks; ++i) {
                const uint64_t at = i * 990 + (hole != 0 && i > at_hole ? hole : 0);
                blocks.emplace_back(at, at + (hole != 0 ? 990 : 1 + random() % 1100));
            }
            uint64_t end = 0;
            for (const AddressRange& block : blocks) end = std::max(end, block.second);
            std::shuffle(blocks.begin(), blocks.end(), random);
            expect_largest_free_block(blocks, end + beside);
        }
    }
}

}  // namespace
}  // namespace ttmem
