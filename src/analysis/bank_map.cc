#include "src/analysis/bank_map.h"

#include <algorithm>

#include "src/analysis/address_ranges.h"

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

// The largest range that the end of block `i` would make, where the blocks below it end at `end`. Others may begin
// inside of it. `top`: of the bank.
uint64_t room_without(const std::vector<MapBlock>& blocks, size_t i, uint64_t end, uint64_t top) {
    uint64_t room = 0;
    for (size_t next = i + 1;; ++next) {
        const uint64_t begin = next < blocks.size() ? blocks[next].begin : top;
        room = std::max(room, begin - std::min(begin, end));
        if (next >= blocks.size() || begin >= blocks[i].end) return room;
        end = std::max(end, blocks[next].end);
    }
}

// At the ends of the bank, where its begin is not certain, both bounds.
void find_splitter(BankMap& map) {
    if (!map.begin || !map.largest_free) return;
    const uint64_t top_low = saturating_add(map.begin->low, map.banks.bytes_per_bank);
    const uint64_t top_high = saturating_add(map.begin->high, map.banks.bytes_per_bank);
    Interval below = {map.begin->low, map.begin->high};  // where the blocks below end
    for (size_t i = 0; i < map.blocks.size(); ++i) {
        const Interval room{room_without(map.blocks, i, below.high, top_low),
                            room_without(map.blocks, i, below.low, top_high)};
        const bool more = room.low > map.largest_free->high;
        if (more && (!map.splitter || room.low > map.splitter->would_be.low)) map.splitter = Splitter{i, room};
        below = {std::max(below.low, map.blocks[i].end), std::max(below.high, map.blocks[i].end)};
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
