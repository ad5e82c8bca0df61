// What a thread dispatches while it captures a trace. The memory is the thread's own.
#pragma once

#include <cstdint>

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

struct Capture {
    ttmem_place place = 0;  // 0: captures nothing
    uint32_t count = 0, room = 0;
    bool incomplete = false;      // there was no memory for more
    uint64_t* entries = nullptr;  // as in a trace: pair 32 | slot of the program 20

    // One more. False: there is no memory for it, and the capture is incomplete.
    bool add(uint64_t entry);
    // Captures nothing, and forgets what it captured.
    void clear();
};

}  // namespace ttmem::client
