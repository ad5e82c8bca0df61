// What may still be allocated: in each pool what no moment of a recording needed, with the arithmetic.
//
//   headroom   capacity - peak, of L1 also less the circular buffers of the program that has most of them: so much may
//              be taken for good, and each program that was recorded may run again whatever lives then, up to the peak
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
#include "src/analysis/capacity/iteration_peaks.h"
#include "src/analysis/recording/peak.h"

namespace ttmem {

struct PoolHeadroom {
    PoolPeak peak;                                    // with the chips, the pool and its capacity
    std::optional<ChipDescription::PoolBanks> banks;  // absent: not known, or not the same
    std::optional<Interval> headroom;                 // absent without a capacity
    // Of l1: what the program with most circular buffers has of all cores, and no more than capacity - peak leaves.
    std::optional<Interval> circular_buffers;
    // Of l1: what no recorded moment needed, for programs that run in the same order again; absent where it is the
    // headroom.
    std::optional<Interval> in_order;

    // Of the recorded peak: what stayed and what was freed while the work went on; they add up to it.
    Sum kept, transient;
    // Of `transient`: made in iterations, again and again. Absent where some of it is of processes of which no
    // iteration ended: then nothing tells what grows with a batch.
    std::optional<Sum> of_iterations;
    Sum kept_by_iterations;  // of `kept`: leaked, or kept to the end; it is made with each batch as well
    // What leaves a larger batch least room: iterations' bytes at the peak, or at the one after the first iteration,
    // where they may have a larger part of less. Other moments may leave less still. Absent where it is not told.
    struct Batch {
        uint64_t bytes = 0;  // of iterations, kept_by_iterations among them
        uint64_t kept = 0;
        uint64_t room = 0;  // for more of them
        bool is_steady = false;
    };
    std::optional<Batch> batch;

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
        uint64_t bytes_per_iteration = 0;   // reserved, of a chip; on average
        std::optional<IterationRise> rise;  // absent where another process's iterations leave something, too
        // What the headroom lasts for at the rate of the last iteration; absent where that is not the rate of others.
        std::optional<uint64_t> iterations_left;
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
