// How processes stood at a moment of a recording, as far as what was live then tells.
#pragma once

#include "src/model/snapshot.h"

namespace ttmem {

// `snapshot`: the tables of a recording's end, with the allocations that were live at `at`. What processes had in use
// then follows from these, and is as exact as they are; peaks, circular buffers and whatever else only the end knows
// are absent, also `chips`, which the processes add up to. A process is what it was then: one that ended later lives,
// and one that began later is left without chips.
Snapshot as_of(Snapshot snapshot, WallTime at);

// Whether it had begun by then; true where its begin is not known.
bool had_begun(const Process& process, WallTime at);

}  // namespace ttmem
