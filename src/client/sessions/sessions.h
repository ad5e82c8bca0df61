// Sessions: one opening of one place each.
#pragma once

#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {

// The session that is open at the place now. 0 when the place is not known (`known` tells) or all records are open.
uint32_t open_session(Thread& thread, ttmem_place place, bool& known);

// Closes the place and its parts. TTMEM_UNKNOWN when none of them was open, TTMEM_INVALID for an unknown place.
ttmem_result close_sessions(Thread& thread, ttmem_place place);

// A new ledger: none is open. Requires: the book's lock.
void reset_sessions();

}  // namespace ttmem::client
