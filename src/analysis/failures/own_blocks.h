// What a call that failed had made itself by then: nobody could free it before.
#pragma once

#include <cstdint>
#include <set>

#include "src/model/event.h"

namespace ttmem {

struct OwnBlocks {
    uint32_t process = 0;        // index in the recording
    std::set<uint64_t> handles;  // of live allocations

    bool has(const Allocation& allocation) const {
        return allocation.process.value == process && handles.contains(allocation.handle);
    }
};

// Of the innermost operation that was open in the thread of event `number`, from 1; empty where none was. Reads the
// events, and rewinds.
OwnBlocks own_blocks_at(const Recording& recording, uint64_t number);

}  // namespace ttmem
