// The bytes of a ledger: what stands where in the shared-memory file of one process.
//
// docs/ledger-format.md says the same in prose, with a worked example that a test decodes; a change here is a change
// there and in kFormatMinor. Everything is little endian and naturally aligned; there are no pointers. One process
// writes; readers copy with pread, check the copy, and use that. Circular buffers and traces: plan_layout.h.
#pragma once

#include "src/ledger/body_layout.h"
#include "src/ledger/header_layout.h"
#include "src/ledger/ring_layout.h"
#include "src/ledger/slot_layout.h"
#include "src/ledger/table_layout.h"
#include "src/ledger/words.h"
