// Which allocations lay where, from when to when: what a map of addresses over time is drawn of.
//
// A recording may have millions of them, so each pool keeps a bounded number: those that were live at its peak or
// leaked, then those that took most bytes for longest. What was left out is counted, so that whatever is shown can be
// held against the timeline. One pass; memory is bounded by what is live and by what is kept.
#pragma once

#include <cstdint>
#include <vector>

#include "src/analysis/recording/peak.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

struct Lifetime {
    LiveBlock block;     // as it was at its end: `born` is the number of its event, 0 before the first
    uint64_t ended = 0;  // number of the event since which it is not live; 0 it lived to the end
    WallTime until = 0;  // when that was; 0 unknown, or it lived to the end
    Departure departure = Departure::kFreed;  // where it ended
    bool leaked = false;                      // it outlived its iteration, and that is a leak
};

// Of one pool on equal chips.
struct PoolLifetimes {
    std::vector<Lifetime> kept;           // in the order of their begins
    uint64_t allocations = 0;             // in all
    uint64_t left_out = 0;                // of them, not kept
    uint64_t most_left_out_per_bank = 0;  // the largest of these, bytes in a bank
};

// Of each of the peaks, in their order; `most` are kept of each.
std::vector<PoolLifetimes> lifetimes_of(const Recording& recording, const std::vector<PoolPeak>& peaks, size_t most);

}  // namespace ttmem
