// The last allocation that failed in a recording, explained with what lay where at that moment.
#pragma once

#include <optional>

#include "src/analysis/failures/explained_failures.h"
#include "src/analysis/failures/held.h"
#include "src/analysis/map/map.h"
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

// That had no room; nothing where the kind of failure does not say. `pool`: as its figures have it.
std::optional<Pool> pool_without_room(FailureKind kind, std::optional<Pool> pool);
std::optional<Pool> pool_without_room(const Failure& failure);

// The newest that any process kept figures of, of all or of a kind; null without.
const Failure* newest_failure(const Snapshot& snapshot, std::optional<FailureKind> kind = std::nullopt);

// Whether it was on one of these chips, as far as it is known where.
bool is_on(const Failure& failure, const Snapshot& snapshot, const std::vector<ChipId>& chips);

// A map of the moment of a failure: its allocator knew how much was free in one piece, where the addresses alone may
// leave that open.
void tell_figures(const Failure& failure, const Snapshot& snapshot, ChipMap& map);

}  // namespace ttmem
