#include "src/analysis/failures/held.h"

#include <gtest/gtest.h>

#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

TEST(Held, AddsUpForEachPoolAndChip) {
    const Snapshot s = sample_map();
    const std::vector<HeldPool> pools = held_by_chip(s);
    ASSERT_EQ(pools.size(), 3u);
    EXPECT_EQ(pools[0].pool, Pool::kDram);
    ASSERT_EQ(pools[0].holders.size(), 3u);
    EXPECT_EQ(s.texts[pools[0].holders[0].op], "kv_cache");
    EXPECT_EQ(pools[0].holders[0].reserved_bytes, 80'000u);
    EXPECT_EQ(pools[1].pool, Pool::kL1);
    EXPECT_EQ(pools[1].holders[1].allocations, 2u) << "both semaphores";
    for (const HeldPool& pool : pools) {
        uint64_t bytes = 0, allocations = 0;
        for (const Holder& holder : pool.holders) bytes += holder.reserved_bytes, allocations += holder.allocations;
        EXPECT_EQ(bytes, pool.reserved_bytes);
        EXPECT_EQ(allocations, pool.allocations);
    }
}

TEST(Held, IsOneForChipsOnWhichTheSameIsHeld) {
    MapMaker m({0xa0, 0xa1, 0xa2});
    m.block(Pool::kL1, 9000, 100);
    m.block(Pool::kL1, 2000, 100, 0, m.place({0xa1}));
    m.block(Pool::kDram, 2000, 100).released = true;
    const std::vector<HeldPool> pools = held_by_chip(m.s);
    ASSERT_EQ(pools.size(), 2u);
    EXPECT_EQ(pools[0].chips, (std::vector<ChipId>{ChipId{0xa0}, ChipId{0xa2}}));
    EXPECT_EQ(pools[1].reserved_bytes, 800u);
}

}  // namespace
}  // namespace ttmem
