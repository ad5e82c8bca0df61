// Small buffers that stay at the bottom of L1's buffers and so cap the circular buffers of every program: semaphores,
// scalars, tables that something allocated once, or again for each new shape, when larger blocks lay above them.
//
// The rule. Of the L1 buffers from the lowest up, each that is small (at most a hundredth of what a core has for L1
// buffers) and stays (not of an iteration that goes on) is a floor holder, up to the first that is neither. What a
// holder strands are the free bytes directly above it: circular buffers would have them, if it and those below it were
// elsewhere. So the stranded bytes add up, and floor + holders + stranded = where the floor would be without them.
#pragma once

#include <cstdint>
#include <vector>

#include "src/analysis/map/map.h"

namespace ttmem {

constexpr uint64_t kFloorHolderShare = 100;  // a holder is at most the hundredth part

struct FloorHolder {
    size_t block = 0;             // into L1Map::buffers.blocks
    uint64_t stranded_bytes = 0;  // free ones above it, of each core
};

// Holders of the same process, operation, tag and class.
struct FloorOwner {
    ProcessIndex process;
    uint32_t op = 0, tag = 0;  // into Snapshot::texts
    AllocationClass allocation_class = AllocationClass::kUnknown;
    uint64_t holders = 0;
    uint64_t bytes = 0, stranded_bytes = 0;  // of each core
    WallTime oldest = 0, newest = 0;         // 0 unknown
    uint64_t iterations = 0;                 // different ones in which they were made: more come with each
    uint64_t outside_iterations = 0;         // holders that were made in none
};

struct FloorHolders {
    uint64_t limit_bytes = 0;          // what counts as small
    std::vector<FloorHolder> holders;  // lowest first
    std::vector<FloorOwner> owners;    // most stranded bytes first, then most bytes
    uint64_t bytes = 0, stranded_bytes = 0;
    uint64_t floor = 0, floor_without = 0;  // where L1 buffers begin, and where they would
};

FloorHolders floor_holders_of(const Snapshot& snapshot, const L1Map& map);

}  // namespace ttmem
