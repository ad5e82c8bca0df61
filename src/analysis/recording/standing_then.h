// How everything stood at one moment of a recording, as a snapshot: what was live, which places and iterations were
// open, which programs and traces lived and what circular buffers they had, how many iterations and failures there had
// been.
//
// For questions about what was there and where it lay. Chips are described, without figures but those of the circular
// buffers that programs reserved; bytes of processes are not those of the moment (analysis/recording/moment.h); what
// was resident on which core, and how many plans a trace had, is not told. Leaked is what the recording's end calls so.
// Where the history has a gap before the moment, more may have been live: the coverage says so.
#pragma once

#include <cstdint>

#include "src/analysis/recording/leaked_blocks.h"
#include "src/model/event.h"

namespace ttmem {

// After event `number` of the recording, from 1; 0: when it began; beyond the last: at its end. `until` becomes the
// time of what happened next; kEver: nothing did.
Snapshot snapshot_after(const Recording& recording, uint64_t number, WallTime* until = nullptr);
Snapshot snapshot_after(const Recording& recording, uint64_t number, const LeakedBlocks& leaked,
                        WallTime* until = nullptr);

// The last event that had happened then; 0 before the first. Reads the events, and rewinds.
uint64_t last_event_at(const Recording& recording, WallTime at);

// The last allocation that failed, or that failed so; 0: none did. Likewise.
uint64_t last_failure(const Recording& recording, std::optional<FailureKind> kind = std::nullopt);

}  // namespace ttmem
