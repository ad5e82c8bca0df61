#include "src/analysis/map/bank_map.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

BankMap bank_map_of(const Snapshot& s, uint64_t bytes, std::optional<Interval> begin) {
    std::vector<uint32_t> all(s.allocations.size());
    std::iota(all.begin(), all.end(), 0u);
    return map_of_banks(s, Pool::kDram, {2, bytes}, all, begin);
}

TEST(BankMap, HasBlocksAndHolesByAddress) {
    MapMaker m;
    m.block(Pool::kDram, 500, 100);
    m.block(Pool::kDram, 100, 50);
    const BankMap map = bank_map_of(m.s, 1000, Interval{100, 100});
    ASSERT_EQ(map.blocks.size(), 2u);
    EXPECT_EQ(map.blocks[0].allocation, 1u);
    ASSERT_EQ(map.holes.size(), 2u);
    EXPECT_EQ(map.holes[0].begin, 150u);
    EXPECT_EQ(map.holes[0].end, 500u);
    EXPECT_EQ(map.holes[0].below, 0u);
    EXPECT_EQ(map.holes[0].above, 1u);
    EXPECT_EQ(map.holes[1].end, 1100u);
    EXPECT_FALSE(map.holes[1].above);
    EXPECT_EQ(map.used_bytes, 150u);
    EXPECT_EQ(map.largest_free, (Interval{500, 500}));
}

TEST(BankMap, NamesTheBlockThatKeepsMostFreeBytesApart) {
    MapMaker m;
    m.block(Pool::kDram, 0, 100);
    m.block(Pool::kDram, 500, 10);  // 100..500 and 510..900
    m.block(Pool::kDram, 900, 100);
    const BankMap map = bank_map_of(m.s, 1000, Interval{0, 0});
    EXPECT_EQ(map.largest_free, (Interval{400, 400}));
    ASSERT_TRUE(map.splitter);
    EXPECT_EQ(map.splitter->block, 1u);
    EXPECT_EQ(map.splitter->would_be, 800u);
}

TEST(BankMap, NamesNoBlockWhereAnotherOneLiesAtTheSameAddresses) {
    MapMaker m;
    m.block(Pool::kDram, 0, 400);
    m.block(Pool::kDram, 500, 10);
    m.block(Pool::kDram, 500, 10);
    m.block(Pool::kDram, 600, 400);
    const BankMap map = bank_map_of(m.s, 1000, Interval{0, 0});
    EXPECT_EQ(map.overlapping_blocks, 1u);
    EXPECT_EQ(map.used_bytes, 810u);
    EXPECT_FALSE(map.splitter) << "each one's twin keeps the place";
}

TEST(BankMap, SaysWhatItDoesNotKnow) {
    MapMaker m;
    m.block(Pool::kDram, 300, 100);
    const BankMap map = bank_map_of(m.s, 1000, std::nullopt);
    ASSERT_TRUE(map.begin);
    EXPECT_EQ(*map.begin, (Interval{0, 300})) << "nobody tells where DRAM begins";
    EXPECT_TRUE(map.holes.empty() || map.holes.front().begin >= 400);
    EXPECT_FALSE(map.largest_free->exact());

    m.s.allocations[0].banks = 1;
    const BankMap partitioned = bank_map_of(m.s, 1000, Interval{0, 0});
    EXPECT_TRUE(partitioned.is_partitioned);
    EXPECT_TRUE(partitioned.blocks[0].in_part);
    EXPECT_EQ(partitioned.largest_free->low, 0u);

    m.block(Pool::kDram, 5000, 10);
    const BankMap other = bank_map_of(m.s, 1000, std::nullopt);
    EXPECT_FALSE(other.begin) << "the blocks do not fit into one bank";
    EXPECT_FALSE(other.largest_free);
}

TEST(BankMap, OfNothingIsOneHole) {
    const MapMaker m;
    const BankMap known = bank_map_of(m.s, 1000, Interval{50, 50});
    ASSERT_EQ(known.holes.size(), 1u);
    EXPECT_EQ(known.holes[0].bytes(), 1000u);
    const BankMap unknown = bank_map_of(m.s, 1000, std::nullopt);
    EXPECT_FALSE(unknown.begin);
    EXPECT_EQ(unknown.largest_free, (Interval{1000, 1000}));
}

// Byte by byte.
TEST(BankMap, EqualsAPaintedBankForManySeeds) {
    constexpr uint64_t kBytes = 120, kBegin = 7;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
        std::mt19937_64 random(seed);
        MapMaker m;
        for (uint64_t i = random() % 9; i > 0; --i) {
            const uint64_t bytes = 1 + random() % 20;
            m.block(Pool::kDram, kBegin + random() % (kBytes - bytes + 1), bytes);
        }
        const auto painted = [&](size_t left_out) {
            std::vector<bool> taken(kBytes);
            for (size_t i = 0; i < m.s.allocations.size(); ++i) {
                const Allocation& a = m.s.allocations[i];
                for (uint64_t b = a.address.value; i != left_out && b < a.end(); ++b) taken[b - kBegin] = true;
            }
            return taken;
        };
        const std::vector<bool> now = painted(SIZE_MAX);
        // Of the ranges that are free without a block: the most bytes that are free now in one, and its length.
        const auto joined_without = [&](size_t left_out) {
            std::pair<uint64_t, uint64_t> most;
            uint64_t run = 0, free = 0;
            const std::vector<bool> then = painted(left_out);
            for (uint64_t b = 0; b <= kBytes; ++b) {
                if (b < kBytes && !then[b]) {
                    ++run, free += !now[b];
                    continue;
                }
                if (free > most.first) most = {free, run};
                run = free = 0;
            }
            return most;
        };
        const BankMap map = bank_map_of(m.s, kBytes, Interval{kBegin, kBegin});
        const uint64_t largest = joined_without(SIZE_MAX).first;
        const auto free = static_cast<uint64_t>(std::count(now.begin(), now.end(), false));
        ASSERT_EQ(map.largest_free, (Interval{largest, largest})) << seed;
        ASSERT_EQ(map.free_bytes(), free) << seed;
        uint64_t in_holes = 0, best = largest;
        for (const MapHole& hole : map.holes) in_holes += hole.bytes();
        ASSERT_EQ(in_holes, free) << seed;
        for (size_t i = 0; i < m.s.allocations.size(); ++i) best = std::max(best, joined_without(i).first);
        ASSERT_EQ(map.splitter.has_value(), best > largest) << seed;
        if (!map.splitter) continue;
        const auto joined = joined_without(map.blocks[map.splitter->block].allocation);
        ASSERT_EQ(joined.first, best) << seed;
        ASSERT_EQ(map.splitter->would_be, joined.second) << seed;
    }
}

}  // namespace
}  // namespace ttmem
