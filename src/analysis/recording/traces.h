// Traces of a recording: how much of the trace region they need, and what was allocated in their way.
//
// A replay allocates nothing, but it writes again to every buffer that was allocated while the trace was captured, also
// to those that have been freed since: the allocator takes their addresses for free and gives them to others. What is
// allocated there while the trace lives lies in its way, and a replay overwrites it. What is allocated elsewhere is
// safe; tt-metal warns of it all the same.
//
// What a capture made is counted by its thread. Recordings of an older library lack that: there it was after the
// thread's last dispatch, replay or capture at that device that it began, so what the thread has allocated since then
// counts as the trace's. That may be more than the truth, never less: a block that is said to lie in such a trace's way
// may be safe, one that is not is safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/replay/replay.h"
#include "src/analysis/snapshot/attribution.h"

namespace ttmem {

// What was allocated at addresses that a live trace uses.
struct BlockInTheWay {
    LiveBlock block;
    uint64_t overlap_bytes_per_bank = 0;
    uint64_t overwritten_by = 0;  // number of the first replay while it lived, from 1; 0 none so far
    WallTime overwritten_at = 0;
    bool is_live = true;  // at the end of the recording, or of the trace
};

constexpr size_t kMostBlocksInTheWay = 100;  // of each trace; the numbers count all

struct CapturedTrace {
    uint32_t process = 0, place = 0;
    uint64_t handle = 0;
    uint32_t name = 0, op = 0;  // into texts
    uint32_t iteration = 0;     // in which it was captured; 0 none
    WallTime captured_at = 0, released_at = 0;
    bool released = false;     // by its program
    bool ended = false;        // released, or its device closed, or its process ended
    bool by_close = false;     // its device closed
    bool before = false;       // captured before the recording: what it uses is not known
    bool begin_known = false;  // what it made is exact; else an upper bound
    uint64_t replays = 0;
    Sum commands;                              // on each chip
    Sum made_while_it_lived;                   // by others than traces, on each chip
    uint64_t in_the_way = 0, overwritten = 0;  // of these: blocks
    std::vector<BlockInTheWay> blocks;         // the first of those in the way
};

// The memory of traces on the chips of one device.
struct TraceRegion {
    uint32_t process = 0, place = 0;
    uint64_t traces = 0, live = 0, never_released = 0;  // live: at the end
    uint64_t iterations = 0;                            // in which traces were captured that were never released
    uint64_t banks = 0;                                 // of its commands
    uint64_t peak_per_bank = 0;                         // of commands at once
    WallTime peak_at = 0;
    uint64_t all_per_bank = 0;                // if none had been released
    std::optional<uint64_t> region_per_bank;  // absent: nothing tells
};

struct TraceReport {
    std::vector<TraceRegion> regions;  // of devices that had traces
    std::vector<CapturedTrace>
        traces;  // those with overwritten blocks first, then with blocks in the way, then by time
    Coverage coverage;
};

TraceReport traces_of(const Recording& recording);

}  // namespace ttmem
