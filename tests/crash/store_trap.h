// Stops after every store to a range of memory, in any code, as it was compiled.
//
// The range is kept read-only. A store faults; its page is opened for that one instruction, which is stepped; then the
// page is shut again and the callback runs, in signal context on the storing thread's stack. So it sees the memory as a
// crash after that instruction would leave it. x86-64 Linux only; one range, one thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ttmem::crash {

class StoreTrap {
public:
    using Callback = void (*)();

    // Requires: `begin` is page-aligned and mapped for writing; no other trap is set. Never removed: it is for
    // processes that end when they are done.
    static void set(void* begin, size_t bytes, Callback after_store);

    // Stores trapped so far.
    static uint64_t stores();
};

}  // namespace ttmem::crash
