// The registered chips: in private memory, and as records in the ledger. A forked child writes them into its own.
#pragma once

#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/ledger/layout.h"

namespace ttmem::client {

class Chips {
public:
    // Adds the chip or brings its description up to date. `arch`: interned.
    // Requires: the book's lock, as everything here.
    ttmem_result add(const ttmem_chip_info& chip, ttmem_text arch);

    // The number of its record, or -1.
    int find(uint64_t chip_id) const;

    void write_to_ledger();

private:
    struct Chip {
        uint64_t words[22];  // as ChipRecord has them, from chip_id up to past_peaks
    };
    static_assert(sizeof(Chip) == offsetof(ledger::ChipRecord, past_peaks) - offsetof(ledger::ChipRecord, chip_id));

    void write(uint32_t number);

    uint32_t count_ = 0;
    Chip chips_[ledger::kMaxChips] = {};
};

extern constinit Chips chips;

}  // namespace ttmem::client
