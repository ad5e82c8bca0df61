// How full each pool of each chip is, for gauges: figures that add up.
//
//   capacity = allocated + free + reserved
//
// `allocated` is what live allocations took from the allocator; `reserved` what circular buffers of live programs
// reserve in L1 and no allocation has, 0 in other pools. Where several allocators hand out the same memory (two
// processes on a chip) these may be more than the capacity: then `free` and `reserved` are absent.
//
// One pass over the allocations, which need not be kept; chips that the same places cover are worked out once. Bytes
// are per chip.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

struct PoolOccupancy {
    std::optional<uint64_t> capacity_bytes, allocated_bytes, reserved_bytes, free_bytes;
    std::optional<uint64_t> requested_bytes, allocations;
    // In one piece, over all banks: at least so much. Absent where the addresses do not tell.
    std::optional<uint64_t> largest_free_bytes;
    uint64_t leaked_bytes = 0;  // of the allocated ones: of allocations that have leaked
};

struct ChipOccupancy {
    ChipDescription chip;
    std::array<PoolOccupancy, kPoolCount> pools;  // by Pool

    const PoolOccupancy& pool(Pool p) const { return pools[static_cast<size_t>(p)]; }
};

using AddressRange = std::pair<uint64_t, uint64_t>;  // from, to

// Takes allocations one after the other, each when its process and places are in the snapshot.
class OccupancyTally {
public:
    void add(const Snapshot& snapshot, const Allocation& allocation);
    // Of the chips of the snapshot, in the order of their numbers.
    std::vector<ChipOccupancy> chips(const Snapshot& snapshot);

private:
    struct InPool {
        std::vector<AddressRange> blocks;  // there may be a million
        uint64_t leaked = 0;
    };
    std::vector<std::array<InPool, kPoolCount>> places_;  // by place of the snapshot
};

// The same of the allocations that it has.
std::vector<ChipOccupancy> occupancy_of(const Snapshot& snapshot);

}  // namespace ttmem
