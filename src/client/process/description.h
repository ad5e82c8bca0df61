// What a process says of itself in its ledger: a claim, which readers never trust.
#pragma once

#include <stdint.h>

#include "src/ledger/layout.h"

namespace ttmem::client {

// When this process started, in ticks of the kernel since the boot; 0 unknown.
uint64_t start_ticks();

// Everything in the header of a new ledger but what its geometry fixed. Requires: process.ledger_id, process.clock.
void describe_process(ledger::StaticHeader& header);

}  // namespace ttmem::client
