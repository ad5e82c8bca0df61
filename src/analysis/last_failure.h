// The last allocation that failed in a recording, explained with what lay where at that moment.
#pragma once

#include <optional>

#include "src/analysis/explained_failures.h"
#include "src/analysis/held.h"
#include "src/analysis/map.h"
#include "src/model/event.h"

namespace ttmem {

struct LastFailure {
    Snapshot snapshot;            // of that moment
    WallTime asked_at = 0;        // when the recording was read, or ended
    ExplainedFailures explained;  // one; none where its figures were not kept
    std::vector<HeldPool> held;   // the pool that had no room first
    std::vector<ChipMap> maps;    // of the chips of its place; all where that is not known
};

// Nothing where none failed, as far as the history goes.
std::optional<LastFailure> explain_last_failure(const Recording& recording);

}  // namespace ttmem
