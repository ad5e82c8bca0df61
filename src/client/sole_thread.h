// The one thread that records, as long as there has been no other in this ledger: nobody can be faster than it, so its
// frees need no compare-and-swap, which is a sixth of an allocation and its free at `counts`.
//
// A second thread that attaches ends this for ever, and waits until the first one is outside of its operation
// (outside.h). Where the kernel has no barrier for it, nobody is ever taken to be the only one.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/ledger/recorder.h"

namespace ttmem::client {

class SoleThread {
public:
    // For Recorder::sole of each thread.
    const std::atomic<uint16_t>& word() const { return sole_; }

    // A thread, known as `me` (Recorder::freed_by), is about to record.
    void attach(uint16_t me);

    // A new ledger. Requires: nobody knows it yet.
    void reset();

private:
    std::atomic<uint16_t> sole_{ledger::kNoSoleThread};
    bool attached_ = false;  // somebody has
};

extern constinit SoleThread sole_thread;

}  // namespace ttmem::client
