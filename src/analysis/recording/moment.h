// How processes stood at a moment of a recording, as far as its events tell.
#pragma once

#include "src/analysis/recording/leaked_blocks.h"
#include "src/model/event.h"

namespace ttmem {

// As analysis/recording/standing_then.h has it after the last event by then, and what follows from that: who had how
// much of which pool on which chip. Exact where history has no gap. Peaks, sums of circular buffers and whatever else
// only the end knows are absent; `chips`, which the live processes add up to, is empty. A process that began later has
// no chips.
Snapshot snapshot_at(const Recording& recording, WallTime at, const LeakedBlocks& leaked);

// Whether it had begun by then; true where its begin is not known.
bool had_begun(const Process& process, WallTime at);

}  // namespace ttmem
