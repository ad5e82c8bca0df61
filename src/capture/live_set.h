// What is live after the events of a recording: for one whose end nobody wrote down, and for a moment in its middle.
#pragma once

#include <vector>

#include "src/model/event.h"

namespace ttmem::capture {

// Adds the programs and traces that its events up to `until` created and did not end, and that no table lists yet.
// Reads them, and rewinds.
void add_holders_of_events(Recording& recording, WallTime until = INT64_MAX);

// After its events up to `until`, in the order in which it was allocated. Reads them, and rewinds.
std::vector<Allocation> live_after(const Recording& recording, WallTime until = INT64_MAX);

// Makes processes what they are where the events end: their iterations that are open and over then, and whether they
// live. Requires: recording.end.allocations is live_after() it. An iteration whose end no event tells counts as open.
void stand_at_last_event(Recording& recording);

}  // namespace ttmem::capture
