// What a command looks at: the processes that its options ask for, and who uses devices beside them.
#pragma once

#include <optional>

#include "src/analysis/select.h"
#include "src/base/result.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct Asked {
    Filter filter = {};                                   // its pid narrows what is read
    std::optional<unsigned __int128> run = std::nullopt;  // TTMEM_RUN
    bool ended = false;                                   // also processes that have ended
    bool allocations = true;                              // false: figures of chips only
};

struct Tracked {
    Snapshot snapshot;             // its coverage tells of untracked processes, too
    UntrackedProcesses untracked;  // empty when a process or a run was asked for: others are beside the question
};

Tracked look_at(const Asked& asked);

// When a process or run that was named is not among what is known: what to say; nothing when it is there.
std::optional<Error> unknown(const Asked& asked, const Snapshot& snapshot);

}  // namespace ttmem
