// Figures of processes where the events of a recording end: for one whose end nobody wrote down. Its last state is
// older than its last events, and tells of what it had then.
#pragma once

#include "src/model/event.h"

namespace ttmem::capture {

// Brings what each process has of each pool, what ended ones hold, and peaks, from the last state to the last event.
// Requires: recording.end.allocations is live_after() it, and processes stand_at_last_event(). Peaks of a process whose
// history has a gap after that state are not known. Circular buffers stay those of the state, and `chips`, which the
// living add up to, as well. Reads the events, and rewinds.
void figure_at_last_event(Recording& recording);

// Whether circular buffers were planned, dispatched or given back after that state.
bool has_later_circular_buffers(const Recording& recording);

}  // namespace ttmem::capture
