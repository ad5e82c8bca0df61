// What the runtime or its adapter says about this process in sentences: interned texts with flags.
//
// Kept in private memory as they stand in the ledger; a forked child writes those that name the runtime into its own.
#pragma once

#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/ledger/layout.h"

namespace ttmem::client {

ttmem_result note(ttmem_text text, uint32_t flags);

class Notes {
public:
    // TTMEM_FULL when there are too many, which is counted. The same text again adds its flags.
    // Requires: the book's lock.
    ttmem_result add(ttmem_text text, uint32_t flags);

    // Of a forked child only those that name the runtime.
    // Requires: the book's lock. The new ledger is still unknown to everybody.
    void write_to_ledger();

private:
    uint32_t count_ = 0;
    uint64_t words_[ledger::kMaxNotes] = {};
};

extern constinit Notes notes;

}  // namespace ttmem::client
