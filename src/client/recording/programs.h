// Programs: their lives, their circular buffers, and what is dispatched where.
#pragma once

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

ttmem_handle program_created(ttmem_text name, uint64_t unique_id);
ttmem_result program_planned(ttmem_handle program, ttmem_place place, const ttmem_circular_buffer* buffers,
                             uint32_t count);
ttmem_result program_dispatched(ttmem_handle program, ttmem_place place);
ttmem_result program_cbs_freed(ttmem_handle program);
ttmem_result program_destroyed(ttmem_handle program);
ttmem_result program_cache_cleared(ttmem_place place);

}  // namespace ttmem::client
