// What one of the first iterations left and none of the later ones: what a cache that was filled once looks like.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "src/analysis/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

class Once {
public:
    // `left` is all that processes left, see leaks_of().
    Once(const Snapshot& snapshot, const Selection& left);

    // Whether all that the owner of this left is of the same iteration, one of the warm-up (analysis/growth_rule.h),
    // and at least three iterations of its process began later and ended.
    bool operator()(const Allocation& allocation) const;

private:
    using Key = std::tuple<uint32_t, uint32_t, uint32_t, Pool, AllocationClass>;  // process, op, tag
    static Key key_of(const Allocation& a) { return {a.process.value, a.op, a.tag, a.pool, a.allocation_class}; }

    const Snapshot& snapshot_;
    std::map<Key, uint32_t> iteration_;  // the only one; 0 there are several
};

}  // namespace ttmem
