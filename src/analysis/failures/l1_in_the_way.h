// Which L1 buffers are in the way of the circular buffers of a program: those whose place elsewhere, or whose end,
// makes room for them, and no more than are needed.
#pragma once

#include <cstdint>
#include <vector>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/analysis/failures/own_blocks.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Positions of live blocks in the snapshot, without those that the failing call made itself.
struct L1InTheWay {
    // Each of them alone: had it not been in L1, all that was made after it would lie higher, and high enough. So only
    // of blocks that were made below all others of then, and below which is no hole now. The highest address first.
    std::vector<uint32_t> each_is_enough;
    // Where there is no such block: several together, as few as possible, the largest first; empty where all are not
    // enough, either, or nothing tells.
    std::vector<uint32_t> enough_together;
    // What begins below the end of the circular buffers, lowest first: their end right before makes room.
    std::vector<uint32_t> below;
    uint64_t own_below = 0;  // what the failing call made there itself: nobody can free it before
};

// `end`: of the circular buffers; `missing`: bytes of each core; `own` may be null.
L1InTheWay l1_in_the_way(const Snapshot& snapshot, const PoolHolders& holders, uint64_t end, uint64_t missing,
                         const OwnBlocks* own);

}  // namespace ttmem
