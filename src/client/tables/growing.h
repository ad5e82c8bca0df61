// A table of the ledger that gets its memory in steps, as more of it is used.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/file/ledger_file.h"
#include "src/client/process/process.h"

namespace ttmem::client {

class Growing {
public:
    // A new ledger: the table has `total` bytes, of which the first step has memory, or all where none can come later.
    void reset(void* memory, uint64_t total) {
        memory_ = static_cast<char*>(memory);
        total_ = total;
        const uint64_t first = total < ledger::kGrowthStep ? total : ledger::kGrowthStep;
        ready_ = process.events_are_lazy ? first : total;
    }

    // Sees to it that the first `bytes` have memory. False: they are too many, or there is no memory for them now.
    // Requires: a lock that all who call it hold.
    bool reach(uint64_t bytes) {
        if (bytes <= ready_) return true;
        if (bytes > total_) return false;
        uint64_t end = (bytes + ledger::kGrowthStep - 1) / ledger::kGrowthStep * ledger::kGrowthStep;
        if (end > total_) end = total_;
        if (!populate(memory_ + ready_, end - ready_)) return false;
        ready_ = end;
        return true;
    }
    uint64_t ready() const { return ready_; }

private:
    char* memory_ = nullptr;
    uint64_t total_ = 0, ready_ = 0;
};

}  // namespace ttmem::client
