// A part of a recording, between two moments, as a recording of its own.
#pragma once

#include "src/model/event.h"

namespace ttmem {

// Both ends are part of it; 0 is the recording's own begin or end, as is a `to` after its end. What is live before and
// at the end follows from the events; figures of chips and processes stay those of the whole recording's end, which the
// coverage then says.
Recording narrowed(Recording recording, WallTime from, WallTime to);

}  // namespace ttmem
