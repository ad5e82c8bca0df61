#include "src/analysis/map/map.h"

#include <gtest/gtest.h>

#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

constexpr CoreRange kCorner = {1, 1, 1, 1};

const CoreMap& core_of(const L1Map& map, uint32_t x, uint32_t y) {
    for (const CoreMap& core : map.cores) {
        if (core.x == x && core.y == y) return core;
    }
    throw std::out_of_range("core");
}

TEST(Map, HasOfEachCoreTheProgramThatReachesFurthest) {
    MapMaker m;
    m.program("small", {MapMaker::cb(0, 1000, 300)});
    m.program("large", {MapMaker::cb(0, 1000, 200), MapMaker::cb(1, 1200, 800, kCorner)});
    m.block(Pool::kL1, 9000, 2000);
    const std::vector<ChipMap> maps = maps_of(m.s);
    ASSERT_EQ(maps.size(), 1u);
    const L1Map& l1 = maps[0].l1.value();
    ASSERT_EQ(l1.cores.size(), 4u);
    const CoreMap& corner = core_of(l1, 1, 1);
    EXPECT_EQ(m.s.programs[l1.plans[corner.plan.value()].program].name, "large");
    EXPECT_EQ(corner.reach, 2000u);
    EXPECT_EQ(corner.cb_bytes, 1000u);
    EXPECT_EQ(l1.gap(corner.reach), 7000u);
    EXPECT_EQ(m.s.programs[l1.plans[core_of(l1, 0, 0).plan.value()].program].name, "small");
    EXPECT_EQ(&l1.cores[l1.worst.value()], &corner);
    EXPECT_TRUE(l1.cores_have_banks);
    const std::vector<CoreCb> buffers = circular_buffers_on(m.s, l1, corner);
    ASSERT_EQ(buffers.size(), 2u);
    EXPECT_EQ(buffers[1].begin, 1200u);
    EXPECT_EQ(circular_buffers_on(m.s, l1, core_of(l1, 0, 0)).size(), 1u);
}

TEST(Map, TellsByHowMuchAProgramDoesNotFitAnyMore) {
    MapMaker m;
    m.program("matmul", {MapMaker::cb(0, 1000, 4000)});
    m.block(Pool::kL1, 4500, 100);
    const L1Map l1 = maps_of(m.s)[0].l1.value();
    EXPECT_EQ(l1.gap(l1.plans[0].reach), 0u);
    EXPECT_EQ(l1.overlap(l1.plans[0].reach), 500u);
}

// A runtime that looks at what is free compiles an operation anew as L1 fills, and keeps the older programs cached: a
// map said "clash" of a run in which nothing failed.
TEST(Map, ShowsNoCoreWithAProgramInWhosePlaceAnotherWasCompiled) {
    MapMaker m;
    const uint32_t matmul = m.text("matmul"), add = m.text("add");
    const auto made = [&](uint32_t op, uint64_t bytes, WallTime at) {
        Program& program = m.s.programs[m.program("program", {MapMaker::cb(0, 1000, bytes)})];
        program.op = op, program.created_at = at;
    };
    const WallTime filled = m.block(Pool::kL1, 4500, 100).since;
    made(matmul, 4000, filled - 2);
    made(matmul, 2000, filled + 1);
    const L1Map l1 = maps_of(m.s)[0].l1.value();
    EXPECT_EQ((std::vector{l1.plans[0].reach, l1.plans[1].reach}), (std::vector<uint64_t>{3000, 5000}));
    EXPECT_FALSE(l1.plans[0].replaced);
    EXPECT_TRUE(l1.plans[1].replaced);
    EXPECT_EQ(l1.cores[l1.worst.value()].reach, 3000u);
    made(add, 3800, filled - 3);
    EXPECT_EQ(maps_of(m.s)[0].l1->plans[0].reach, 4800u) << "of another operation";
    EXPECT_FALSE(maps_of(m.s)[0].l1->plans[0].replaced);
    made(add, 100, filled - 1);
    EXPECT_FALSE(maps_of(m.s)[0].l1->plans[0].replaced) << "compiled while there was room for both";
}

TEST(Map, LeavesOutWhatReservesNothing) {
    MapMaker m;
    m.s.programs[m.program("destroyed", {MapMaker::cb(0, 1000, 400)})].destroyed = true;
    m.s.programs[m.program("left behind", {MapMaker::cb(0, 1000, 400)})].cbs[0].left_behind = true;
    m.s.programs[m.program("released", {MapMaker::cb(0, 1000, 400)})].cbs[0].released = true;
    CircularBuffer in_a_tensor = MapMaker::cb(0, 0, 5000);
    in_a_tensor.aliased = true;
    m.program("in a tensor", {in_a_tensor});
    m.block(Pool::kL1, 9000, 100).released = true;
    const L1Map l1 = maps_of(m.s)[0].l1.value();
    EXPECT_EQ(l1.plans.size(), 1u) << "the one whose buffers lie in a tensor";
    EXPECT_EQ(l1.plans[0].reach, 0u);
    EXPECT_FALSE(l1.cores[l1.worst.value()].plan);
    EXPECT_EQ(l1.floor(), MapMaker::kTop);
    EXPECT_EQ(l1.gap(l1.base), MapMaker::kL1);
}

TEST(Map, IsOneForChipsOnWhichTheSameLies) {
    MapMaker m({0xa0, 0xa1, 0xa2});
    m.block(Pool::kL1, 9000, 100);
    EXPECT_EQ(maps_of(m.s).size(), 1u);
    m.place({0xa2});
    EXPECT_EQ(maps_of(m.s).size(), 1u) << "nothing lies at that place";
    const uint32_t one = m.place({0xa1});
    m.block(Pool::kL1, 2000, 100, 0, one);
    const std::vector<ChipMap> maps = maps_of(m.s);
    ASSERT_EQ(maps.size(), 2u);
    EXPECT_EQ(maps[0].chips, (std::vector<ChipId>{ChipId{0xa1}})) << "the tightest first";
    EXPECT_EQ(maps[0].l1->floor(), 2000u);
    EXPECT_EQ(maps[1].chips.size(), 2u);
}

TEST(Map, DoesNotGuess) {
    MapMaker m;
    m.block(Pool::kL1, 9000, 100).banks = 2;
    EXPECT_TRUE(maps_of(m.s)[0].l1->floor_is_bound()) << "which cores have it is not recorded";
    m.s.processes[0].chips[0].chip.grid_x = 3;
    EXPECT_FALSE(maps_of(m.s)[0].l1->cores_have_banks);
    m.s.processes[0].chips[0].cb.reserved_bytes.reset();
    EXPECT_TRUE(maps_of(m.s)[0].l1->plans_unknown);
    m.s.processes[0].chips[0].chip.l1_base.reset();
    EXPECT_FALSE(maps_of(m.s)[0].l1);
}

TEST(Map, HasTheTraceRegionAboveDram) {
    MapMaker m;
    m.s.processes[0].chips[0].chip.pools[static_cast<size_t>(Pool::kTrace)] = {2, 5000};
    m.block(Pool::kDram, 0, 100'000);
    m.block(Pool::kTrace, 100'000, 1000);
    const ChipMap map = maps_of(m.s)[0];
    ASSERT_EQ(map.banks.size(), 2u);
    EXPECT_EQ(map.banks[1].pool, Pool::kTrace);
    EXPECT_EQ(map.banks[1].begin, (Interval{100'000, 100'000}));
    EXPECT_EQ(map.banks[1].largest_free, (Interval{4000, 4000}));
}

TEST(Map, KnowsTheEndsOfABankOfDramWhereTheRuntimeTold) {
    MapMaker m;
    m.s.processes[0].chips[0].chip.pools[static_cast<size_t>(Pool::kTrace)] = {2, 5000};
    m.block(Pool::kDram, 60'000, 100);
    EXPECT_EQ(maps_of(m.s)[0].banks[0].largest_free, (Interval{49'950, 99'900}));
    m.s.processes[0].chips[0].chip.dram_base = 32;
    const ChipMap map = maps_of(m.s)[0];
    EXPECT_EQ(map.banks[0].begin, (Interval{32, 32}));
    EXPECT_EQ(map.banks[0].largest_free, (Interval{59'968, 59'968}));
    EXPECT_EQ(map.banks[0].holes.back().end, 100'032u);
    EXPECT_EQ(map.banks[1].begin, (Interval{100'032, 100'032}));
}

}  // namespace
}  // namespace ttmem
