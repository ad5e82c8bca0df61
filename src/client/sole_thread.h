// The one thread that records, while no other does: nobody can be faster than it, so its frees need no
// compare-and-swap, which is a sixth of an allocation and its free at `counts`.
//
// A thread that attaches beside it ends this, and waits until it is outside of its operation (outside.h). When all but
// one have ended, the one that is left is alone again. Where the kernel has no barrier, nobody is ever taken to be it.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/ledger/recorder.h"

namespace ttmem::client {

class SoleThread {
public:
    // For Recorder::sole of each thread.
    const std::atomic<uint16_t>& word() const { return sole_; }

    // A thread, known as `me` (Recorder::freed_by) and counted in process.threads, is about to record.
    void attach(uint16_t me);

    // A thread is not counted any more, its ring is free, and it records nothing more.
    void leave(uint16_t me);

    // A new ledger. Requires: nobody knows it yet.
    void reset() { sole_.store(ledger::kNoSoleThread, std::memory_order_relaxed); }

private:
    std::atomic<uint16_t> sole_{ledger::kNoSoleThread};
};

extern constinit SoleThread sole_thread;

}  // namespace ttmem::client
