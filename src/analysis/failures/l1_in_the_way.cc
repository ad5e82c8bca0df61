#include "src/analysis/failures/l1_in_the_way.h"

#include <algorithm>
#include <functional>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

// Those that lift what lies below them by their own bytes: the allocator puts each block below the last one.
std::vector<uint32_t> that_lift(const Snapshot& s, const std::vector<uint32_t>& blocks, const OwnBlocks* history) {
    std::vector<uint32_t> lifting;
    uint64_t end = 0;  // of the block below
    for (const uint32_t i : blocks) {
        const Allocation& a = s.allocations[i];
        const bool is_hole = end != 0 && a.address.value != end;
        if (is_hole || history == nullptr || a.process.value != history->process) break;
        if (history->made_lowest.contains(a.handle)) lifting.push_back(i);
        end = a.end();
    }
    return lifting;
}

}  // namespace

L1InTheWay l1_in_the_way(const Snapshot& s, const PoolHolders& holders, uint64_t end, uint64_t missing,
                         const OwnBlocks* own) {
    const auto is_own = [&](uint32_t i) { return own != nullptr && own->has(s.allocations[i]); };
    const auto bytes = [&](uint32_t i) { return s.allocations[i].bytes_per_bank; };
    L1InTheWay way;
    way.below = blocks_below(s, holders, end);
    way.own_below = std::erase_if(way.below, is_own);
    std::vector<uint32_t> lifting = that_lift(s, blocks_below(s, holders, UINT64_MAX), own);  // lowest first
    std::erase_if(lifting, is_own);
    for (const uint32_t i : lifting) {
        if (bytes(i) >= missing) way.each_is_enough.insert(way.each_is_enough.begin(), i);
    }
    if (!way.each_is_enough.empty()) return way;
    std::ranges::stable_sort(lifting, std::greater{}, bytes);
    uint64_t lifted = 0;
    for (const uint32_t i : lifting) {
        if (lifted >= missing) break;
        lifted = saturating_add(lifted, bytes(i));
        way.enough_together.push_back(i);
    }
    if (lifted < missing) way.enough_together.clear();
    return way;
}

}  // namespace ttmem
