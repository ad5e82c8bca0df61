// The axis of a timeline: which part of a recording is drawn, and in which slot something lies. One pass over the
// events.
#pragma once

#include "src/analysis/recording/timeline.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

struct TimelineAxis {
    bool times_known = false, by_time = false;
    WallTime from = 0, to = 0;
    WallTime whole_from = 0, whole_to = 0;  // of the recording
    uint64_t events = 0;
    size_t slots = 1;

    size_t slot_at(WallTime at) const;
    size_t slot(const Replay& replay) const;
};

// Also before the first event and after the last one; by number where times are not told.
TimelineAxis axis_of(const Recording& recording, size_t slots, DrawnTime stretch);

}  // namespace ttmem
