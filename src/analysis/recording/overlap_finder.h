// Whether blocks lay over each other at any time of a recording.
#pragma once

#include "src/model/event.h"

namespace ttmem {

// Says so in the coverage of the recording's end: of what is live there as note_overlaps(Snapshot&) does, else of the
// first block that began in, or reached into, one of another place of its process. One pass over the events, and only
// where two places of one process have a chip in common; blocks of different processes are not held against each other,
// for which was first is not always known.
void note_overlaps(Recording& recording);

}  // namespace ttmem
