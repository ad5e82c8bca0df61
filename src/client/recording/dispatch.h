// Which pair a dispatch is of: the plan of its program that is in force at its place.
#pragma once

#include "include/ttmem/ttmem.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {

// The pair that the next dispatch of a program at a place is of: puts a plan that waits in force, and follows a place
// that was opened again. 0 without circular buffers there. Takes the plans' lock if there is something to be done.
uint32_t pair_to_dispatch(Thread& thread, uint64_t program, ttmem_place place, bool& changes);
// After that dispatch, if it `changes` the plan.
void settle_plan(uint64_t program, ttmem_place place, uint32_t pair);

// The ledger has no room for a plan: counts it.
ttmem_result refuse_plan();

}  // namespace ttmem::client
