// Who holds what of each pool, chip by chip: a pool's holders add up to what of it is in use.
#pragma once

#include <vector>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/model/snapshot.h"

namespace ttmem {

// What is live of one pool on chips on which the same is held.
struct HeldPool {
    std::vector<ChipId> chips;
    Pool pool = Pool::kDram;
    std::optional<uint64_t> capacity_bytes;  // absent where it is unknown or differs
    uint64_t allocations = 0;
    uint64_t reserved_bytes = 0;  // of each chip
    std::vector<Holder> holders;  // most reserved bytes first; they add up
};

// Chips in the order of their ids, of each the pools that are in use. What other lines made, or the same line called
// from another one, is another holder's, where call stacks were recorded.
std::vector<HeldPool> held_by_chip(const Snapshot& snapshot);

}  // namespace ttmem
