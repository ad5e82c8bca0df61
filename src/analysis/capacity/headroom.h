// What may still be allocated: in each pool what no moment of a recording needed, with the arithmetic.
//
//   headroom   capacity - peak, of L1 also less what circular buffers of programs needed beside it: so much may be
//   taken
//              for good, and no moment that was recorded lacks bytes
//   untouched  the largest range of each bank in which nothing ever lay: so much of it in one piece, with all that was
//              recorded where it was
//
// Exact where the peak is, and where the begin of a bank is known; of the pools above another one it follows from the
// lower one's. Several allocators on a chip (processes, meshes and their parts, sub-devices) may use the same
// addresses: then the headroom bounds what is in one piece. Bytes are reserved bytes per chip.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/capacity/cb_room.h"
#include "src/analysis/recording/peak.h"

namespace ttmem {

struct PoolHeadroom {
    PoolPeak peak;                                    // with the chips, the pool and its capacity
    std::optional<ChipDescription::PoolBanks> banks;  // absent: not known, or not the same
    std::optional<Interval> headroom;                 // absent without a capacity
    std::optional<Interval> circular_buffers;         // of l1: what they take of capacity - peak, which is the headroom

    // Of the recorded peak: what stayed and what was freed while the work went on; they add up to it.
    Sum kept, transient;
    // Of `transient`: made in iterations, again and again. Absent where some of it is of processes of which no
    // iteration ended: then nothing tells what grows with a batch.
    std::optional<Sum> of_iterations;

    // In each bank, and no more than the headroom; absent where not every address was seen, or the addresses contradict
    // the size of a bank.
    std::optional<Interval> untouched_per_bank;
    // Why it is less, or less certain, than the addresses say:
    bool overlaps = false;     // more addresses than the headroom were never touched: blocks lay over each other
    bool partitioned = false;  // some blocks are in a part of the banks: an allocator of their own owns addresses there

    struct Now {
        Sum live;
        std::optional<uint64_t> free;                   // capacity - live
        std::optional<Interval> largest_free_per_bank;  // as its allocator sees it
    };
    std::optional<Now> now;  // at the end of the recording; absent when no process that uses the chips lives then

    // What the iterations of a process certainly leave (analysis/leaks/growth.h): the next ones lack it.
    struct Leak {
        uint32_t process = 0, op = 0;  // op: of the owner that leaves most
        uint64_t owners = 0;
        uint64_t bytes_per_iteration = 0;  // reserved, of a chip; on average
    };
    std::vector<Leak> leaks;  // the largest first

    std::optional<CbRoom> cbs;       // of l1
    std::optional<Failure> failure;  // the newest of the recording, where it was in this pool on some of these chips
};

struct Headroom {
    // The pool in which an allocation failed first, or else the tightest where less than a tenth of it is left; then
    // dram, l1, l1_small, trace. Of each pool the chips where it failed first, then those with the least headroom.
    std::vector<PoolHeadroom> pools;
    Coverage coverage;
};

Headroom headroom_of(const Recording& recording);

}  // namespace ttmem
