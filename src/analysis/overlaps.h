// Live blocks that have addresses in common: then a free was missed, or two allocators share a pool.
#pragma once

#include <vector>

#include "src/analysis/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// A block that begins inside another one, on a chip and in a pool that both are in.
struct Overlap {
    uint32_t allocation = 0;  // positions in Snapshot::allocations
    uint32_t inside = 0;      // of those that it begins in the one that reaches furthest
};

// Those of a selection. Whatever a block was allocated through, a chip, a mesh or a part of one, and by which process:
// the memory is the chip's.
std::vector<Overlap> overlaps(const Snapshot& snapshot, const Selection& selection);

}  // namespace ttmem
