#include "src/analysis/map/bank_map.h"

#include <algorithm>

#include "src/analysis/replay/address_ranges.h"

namespace ttmem {
namespace {

void take_blocks(const Snapshot& snapshot, const std::vector<uint32_t>& positions, BankMap& map) {
    for (const uint32_t i : positions) {
        const Allocation& a = snapshot.allocations[i];
        map.blocks.push_back({i, a.address.value, a.end(), a.banks < map.banks.banks});
        map.is_partitioned |= a.banks < map.banks.banks;
    }
    std::stable_sort(map.blocks.begin(), map.blocks.end(),
                     [](const MapBlock& a, const MapBlock& b) { return a.begin < b.begin; });
}

// Between blocks, and at the ends of the bank as far as they are certain.
void find_holes(BankMap& map) {
    std::optional<size_t> highest;  // of the blocks so far
    uint64_t end = map.begin ? map.begin->high : map.blocks.empty() ? 0 : map.blocks.front().begin;
    for (size_t i = 0; i < map.blocks.size(); ++i) {
        const MapBlock& block = map.blocks[i];
        if (block.begin > end) map.holes.push_back({end, block.begin, highest, i});
        map.overlapping_blocks += highest && block.begin < end && block.bytes() != 0;
        if (!highest || block.end > end) highest = i;
        map.used_bytes = saturating_add(map.used_bytes, block.end - std::clamp(end, block.begin, block.end));
        end = std::max(end, block.end);
    }
    if (!map.blocks.empty()) map.end_of_blocks = end;
    if (!map.begin) return;
    const uint64_t top = saturating_add(map.begin->low, map.banks.bytes_per_bank);
    if (top > end) map.holes.push_back({end, top, highest, std::nullopt});
}

struct Joined {
    uint64_t range = 0;  // that would be free
    uint64_t free = 0;   // of it, now
};

// What the end of block `i` would join, where the blocks below it end at `end`: of several ranges the one with most
// bytes that are free now. Others may begin inside of it. `top`: of the bank.
Joined joined_without(const std::vector<MapBlock>& blocks, size_t i, uint64_t end, uint64_t top) {
    Joined most;
    const MapBlock& block = blocks[i];
    for (size_t next = i + 1;; ++next) {
        const uint64_t begin = next < blocks.size() ? blocks[next].begin : top;
        if (begin > end) {
            const uint64_t taken = std::clamp(block.end, end, begin) - std::clamp(block.begin, end, begin);
            if (begin - end - taken > most.free) most = {begin - end, begin - end - taken};
        }
        if (next >= blocks.size() || begin >= block.end) return most;
        end = std::max(end, blocks[next].end);
    }
}

// At the ends of the bank, where its begin is not certain, only what is certainly free counts.
void find_splitter(BankMap& map) {
    if (!map.begin || !map.largest_free) return;
    const uint64_t top = saturating_add(map.begin->low, map.banks.bytes_per_bank);
    uint64_t below = map.begin->high, most = map.largest_free->high;  // where the blocks below end
    for (size_t i = 0; i < map.blocks.size(); ++i) {
        const Joined joined = joined_without(map.blocks, i, below, top);
        if (joined.free > most) {
            map.splitter = Splitter{i, joined.range};
            most = joined.free;
        }
        below = std::max(below, map.blocks[i].end);
    }
}

}  // namespace

BankMap map_of_banks(const Snapshot& snapshot, Pool pool, const ChipDescription::PoolBanks& banks,
                     const std::vector<uint32_t>& blocks, std::optional<Interval> begin) {
    BankMap map;
    map.pool = pool;
    map.banks = banks;
    take_blocks(snapshot, blocks, map);
    AddressRanges taken;
    for (const MapBlock& block : map.blocks) taken.add(block.begin, block.end);
    if (const auto bounds = bank_around(taken, begin, banks.bytes_per_bank)) {
        if (begin || !taken.empty()) map.begin = bounds->begin;
        map.largest_free = largest_gap(taken, *bounds);
    }
    find_holes(map);
    find_splitter(map);
    if (map.is_partitioned && map.largest_free) map.largest_free->low = 0;  // their other addresses are another's
    return map;
}

}  // namespace ttmem
