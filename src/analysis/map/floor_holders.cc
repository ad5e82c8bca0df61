#include "src/analysis/map/floor_holders.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace ttmem {
namespace {

// Made in an iteration that goes on: it may go with it.
bool may_go(const Snapshot& snapshot, const Allocation& a) {
    if (a.iteration == 0 || a.persistent) return false;
    const std::vector<uint32_t>& open = snapshot.process_of(a).open_iterations;
    return std::find(open.begin(), open.end(), a.iteration) != open.end();
}

struct OwnerOf {
    FloorOwner owner;
    std::set<uint32_t> iterations;
};

void add_holder(const Allocation& a, uint64_t bytes, uint64_t stranded, OwnerOf& of) {
    FloorOwner& owner = of.owner;
    owner.process = a.process, owner.op = a.op, owner.tag = a.tag, owner.allocation_class = a.allocation_class;
    ++owner.holders;
    owner.bytes += bytes;
    owner.stranded_bytes += stranded;
    if (a.since != 0) {
        owner.oldest = owner.oldest == 0 ? a.since : std::min(owner.oldest, a.since);
        owner.newest = std::max(owner.newest, a.since);
    }
    if (a.iteration != 0) of.iterations.insert(a.iteration);
    owner.outside_iterations += a.iteration == 0;
}

void sum_by_owner(const Snapshot& snapshot, const L1Map& map, FloorHolders& result) {
    std::map<std::tuple<uint32_t, uint32_t, uint32_t, AllocationClass>, OwnerOf> owners;
    uint64_t end = result.floor;  // addresses that two blocks share count once
    for (const FloorHolder& holder : result.holders) {
        const MapBlock& block = map.buffers.blocks[holder.block];
        const Allocation& a = snapshot.allocations[block.allocation];
        const uint64_t bytes = block.end - std::clamp(end, block.begin, block.end);
        end = std::max(end, block.end);
        add_holder(a, bytes, holder.stranded_bytes, owners[{a.process.value, a.op, a.tag, a.allocation_class}]);
        result.bytes += bytes;
        result.stranded_bytes += holder.stranded_bytes;
    }
    for (auto& [key, of] : owners) {
        of.owner.iterations = of.iterations.size();
        result.owners.push_back(of.owner);
    }
    std::stable_sort(result.owners.begin(), result.owners.end(), [](const FloorOwner& a, const FloorOwner& b) {
        return std::pair(a.stranded_bytes, a.bytes) > std::pair(b.stranded_bytes, b.bytes);
    });
}

}  // namespace

FloorHolders floor_holders_of(const Snapshot& snapshot, const L1Map& map) {
    FloorHolders result;
    result.limit_bytes = map.buffers.banks.bytes_per_bank / kFloorHolderShare;
    result.floor = result.floor_without = map.floor();
    const std::vector<MapBlock>& blocks = map.buffers.blocks;
    uint64_t end = result.floor;
    size_t i = 0;
    const auto holds = [&](const MapBlock& block) {
        return block.bytes() <= result.limit_bytes && !may_go(snapshot, snapshot.allocations[block.allocation]);
    };
    const auto lower = [](const MapBlock& a, const MapBlock& b) { return a.begin < b.begin; };
    for (; i < blocks.size(); ++i) {
        // Where blocks of several allocators begin at one address, none holds the floor unless all do.
        const auto same = std::equal_range(blocks.begin(), blocks.end(), blocks[i], lower);
        if (!std::all_of(same.first, same.second, holds)) break;
        end = std::max(end, blocks[i].end);
        const uint64_t above = i + 1 < blocks.size() ? blocks[i + 1].begin : std::max(map.top, end);
        result.holders.push_back({i, above - std::min(above, end)});
    }
    if (result.holders.empty()) return result;
    result.floor_without = i < blocks.size() ? std::max(blocks[i].begin, result.floor) : std::max(map.top, end);
    sum_by_owner(snapshot, map, result);
    return result;
}

}  // namespace ttmem
