// What the history before a failure tells of what lives then: what the call that failed had made itself, for nobody
// could free it before, and what an allocator put below everything else.
#pragma once

#include <cstdint>
#include <set>

#include "src/model/event.h"

namespace ttmem {

struct OwnBlocks {
    uint32_t process = 0;        // index in the recording
    std::set<uint64_t> handles;  // of live allocations
    // Handles of L1 buffers of that process that were made below all of its others of then, and nothing older was freed
    // since: without one of them, all that was made later below it would lie higher by as much, for the holes above it
    // are what they were. Empty where events are missing.
    std::set<uint64_t> made_lowest = {};

    bool has(const Allocation& allocation) const {
        return allocation.process.value == process && handles.contains(allocation.handle);
    }
};

// Of the innermost operation that was open in the thread of event `number`, from 1; empty where none was. Reads the
// events, and rewinds.
OwnBlocks own_blocks_at(const Recording& recording, uint64_t number);

}  // namespace ttmem
