// Blocks that had addresses in common while both were in use: two allocators share a pool, or a free was missed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/snapshot/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// A block that begins inside another one, on a chip and in a pool that both are in.
struct Overlap {
    uint32_t allocation = 0;  // positions in Snapshot::allocations
    uint32_t inside = 0;      // of those that it begins in the one that reaches furthest
};

// Those of a selection: what is live, and what an ended process had to its end or to the close of a place. Whatever a
// block was allocated through, a chip, a mesh or a part of one, and by which process: the memory is the chip's. What
// ended processes had is held against their own blocks only, for they may have run one after the other.
std::vector<Overlap> overlaps(const Snapshot& snapshot, const Selection& selection);

// Whether anything can overlap without a free that was missed: two places that are open have a chip in common.
bool has_places_over_each_other(const Snapshot& snapshot);

// What all views say of them; nothing where there are none.
std::optional<std::string> overlap_sentence(const Snapshot& snapshot, const Selection& selection);

// Says so in the snapshot's coverage, in place of what was said of another moment. The answer misses nothing by it.
void note_overlaps(Snapshot& snapshot);
const std::string* told_overlaps(const Coverage& coverage);  // that note; nullptr: there is none

}  // namespace ttmem
