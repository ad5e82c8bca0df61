#include "src/analysis/failures/l1_in_the_way.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

constexpr uint64_t kTop = 10'000;

// What happened to L1, and where the allocator, which begins at the top and takes the first hole, puts what lives.
struct Step {
    uint32_t block;
    uint64_t bytes;  // 0: it is freed
};
using Lying = std::map<uint32_t, std::pair<uint64_t, uint64_t>>;  // by block: address and bytes

uint64_t place_for(const Lying& lying, uint64_t bytes) {
    uint64_t top = kTop;
    while (true) {
        std::optional<uint64_t> next;
        for (const auto& [block, at] : lying) {
            const auto& [address, size] = at;
            if (address < top && address + size > top - bytes) next = std::max(next.value_or(0), address);
        }
        if (!next) return top - bytes;
        top = *next;
    }
}

Lying after(const std::vector<Step>& steps, const std::set<uint32_t>& elsewhere = {}) {
    Lying lying;
    for (const Step& step : steps) {
        if (elsewhere.contains(step.block)) continue;
        if (step.bytes == 0) {
            lying.erase(step.block);
        } else {
            lying[step.block] = {place_for(lying, step.bytes), step.bytes};
        }
    }
    return lying;
}

uint64_t lowest_of(const Lying& lying) {
    uint64_t lowest = kTop;
    for (const auto& [block, at] : lying) lowest = std::min(lowest, at.first);
    return lowest;
}

// A machine where that is live; `handle` is the block.
Snapshot seen(const std::vector<Step>& steps) {
    Snapshot s = machine(Pool::kL1, 64, {});
    const Lying lying = after(steps);
    for (size_t i = 0; i < steps.size(); ++i) {
        const auto at = lying.find(steps[i].block);
        if (steps[i].bytes == 0 || at == lying.end()) continue;
        Snapshot one = machine(Pool::kL1, 64, {at->second});
        Allocation& a = one.allocations[0];
        a.handle = steps[i].block, a.since = 1000 + i;
        s.allocations.push_back(a);
    }
    return s;
}

L1InTheWay way_of(const std::vector<Step>& steps, const Snapshot& s, uint64_t end, uint64_t lowest,
                  std::set<uint64_t> own = {}) {
    OwnBlocks history{0, std::move(own), {}};
    std::vector<Step> until;
    for (const Step& step : steps) {
        const uint64_t lowest_then = lowest_of(after(until));
        until.push_back(step);
        std::set<uint64_t>& lowest_blocks = history.made_lowest;
        if (step.bytes == 0) {
            lowest_blocks.erase(lowest_blocks.lower_bound(step.block),
                                lowest_blocks.end());  // they are numbered by age
        } else if (after(until).at(step.block).first < lowest_then) {
            lowest_blocks.insert(step.block);
        }
    }
    return l1_in_the_way(s, holders_of(s, Pool::kL1).value(), end, end - lowest, &history);
}

std::set<uint32_t> blocks_at(const Snapshot& s, const std::vector<uint32_t>& positions) {
    std::set<uint32_t> blocks;
    for (const uint32_t i : positions) blocks.insert(static_cast<uint32_t>(s.allocations[i].handle));
    return blocks;
}

// Two large ones and a small one at the bottom: either of the large ones alone is enough, also the one at the top,
// which is not below the end of the circular buffers.
TEST(L1InTheWay, IsAnyOneThatLiftsTheOthersFarEnough) {
    const std::vector<Step> steps = {{1, 4000}, {2, 4000}, {3, 1000}};  // at 6000, 2000 and 1000
    const Snapshot s = seen(steps);
    const L1InTheWay way = way_of(steps, s, 3500, 1000);
    EXPECT_EQ(blocks_at(s, way.each_is_enough), (std::set<uint32_t>{1, 2}));
    EXPECT_EQ(blocks_at(s, way.below), (std::set<uint32_t>{2, 3}));
    EXPECT_TRUE(way.enough_together.empty());
}

TEST(L1InTheWay, IsSeveralTogetherWhereNoneIsEnough) {
    const std::vector<Step> steps = {{1, 3000}, {2, 2000}, {3, 1000}, {4, 500}};  // down to 3500
    const Snapshot s = seen(steps);
    const L1InTheWay way = way_of(steps, s, 7600, 3500);
    EXPECT_TRUE(way.each_is_enough.empty());
    EXPECT_EQ(blocks_at(s, way.enough_together), (std::set<uint32_t>{1, 2}));
    EXPECT_TRUE(way_of(steps, s, kTop + 1, 3500).enough_together.empty()) << "all of them are not";
}

TEST(L1InTheWay, IsNothingThatTheFailingCallMade) {
    const std::vector<Step> steps = {{1, 4000}, {2, 4000}};
    const Snapshot s = seen(steps);
    const L1InTheWay way = way_of(steps, s, 3000, 2000, {2});
    EXPECT_EQ(blocks_at(s, way.each_is_enough), std::set<uint32_t>{1});
    EXPECT_TRUE(way.below.empty());
    EXPECT_EQ(way.own_below, 1u);
}

// Each advice, applied to the same program, makes room; whatever was freed before and left holes.
TEST(L1InTheWay, IsEnoughWheneverItIsPlacedElsewhere) {
    std::mt19937 random(7);
    uint64_t applied = 0;
    for (int round = 0; round < 3000; ++round) {
        std::vector<Step> steps;
        std::vector<uint32_t> live;
        uint64_t used = 0;
        for (uint32_t block = 1; block < 12 && used < 8000; ++block) {
            steps.push_back({block, 100 + random() % 15 * 100});
            used += steps.back().bytes;
            live.push_back(block);
            if (random() % 4 != 0) continue;
            const size_t freed = random() % live.size();
            steps.push_back({live[freed], 0});
            live.erase(live.begin() + static_cast<ptrdiff_t>(freed));
        }
        if (live.empty()) continue;
        const Snapshot s = seen(steps);
        const uint64_t lowest = lowest_of(after(steps)), end = lowest + 1 + random() % 2000;
        const L1InTheWay way = way_of(steps, s, end, lowest);
        for (const uint32_t one : way.each_is_enough) {
            EXPECT_GE(lowest_of(after(steps, blocks_at(s, {one}))), end) << round;
            ++applied;
        }
        if (!way.enough_together.empty()) {
            EXPECT_GE(lowest_of(after(steps, blocks_at(s, way.enough_together))), end) << round;
            ++applied;
        }
        std::vector<Step> freed = steps;
        for (const uint32_t block : blocks_at(s, way.below)) freed.push_back({block, 0});
        EXPECT_GE(lowest_of(after(freed)), end) << round;
    }
    EXPECT_GT(applied, 300u);
}

}  // namespace
}  // namespace ttmem
