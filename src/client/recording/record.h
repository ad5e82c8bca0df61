// The calls that are made for every allocation. No lock, no memory, no system call once a thread is under way, but for
// allocations that are to be found by their address.
#pragma once

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

// kEvents: also to the history of this thread. `stack` 0: there is none.
template <bool kEvents>
ttmem_handle record_alloc(const ttmem_allocation* allocation, ttmem_stack stack);
template <bool kEvents>
ttmem_result record_free(ttmem_handle handle);

ttmem_result count_untracked(ttmem_place place, ttmem_pool pool, uint64_t requested_bytes);
ttmem_result record_free_at(ttmem_place place, ttmem_pool pool, uint64_t address);
ttmem_result record_view(const ttmem_allocation* view);
ttmem_result mark_persistent(ttmem_handle handle);

}  // namespace ttmem::client
