// Traces: what one captured, and that it was replayed.
#pragma once

#include "include/ttmem/ttmem.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {

ttmem_result trace_begin(ttmem_place place);
ttmem_handle trace_end(ttmem_text name, uint64_t number);
ttmem_result trace_replayed(ttmem_handle trace);
ttmem_result trace_released(ttmem_handle trace);

// Whether what this thread dispatches at `place` goes to its capture. Requires: it captures.
bool captures(const Thread& thread, ttmem_place place);
// One more dispatch of the capture.
ttmem_result capture_dispatch(Thread& thread, ttmem_handle program, ttmem_place place);

}  // namespace ttmem::client
