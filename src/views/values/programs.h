// `ttmem programs`: the programs of running processes, what their circular buffers reserve and occupy where, and the
// traces that dispatch them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct ProgramsValues {
    const Snapshot& snapshot;
    std::vector<uint32_t> programs;  // into Snapshot::programs, in the order of showing
    std::vector<uint32_t> traces;    // into Snapshot::traces
    size_t limit = 0;                // of programs; 0: all
    bool each_buffer = false;        // text: a line per circular buffer, too
    UntrackedProcesses untracked;
    std::string moment = {};        // of a capture or a history, in words; "" now
    std::string other_moment = {};  // a sentence: where more may be seen; "" nothing to say
    bool from_history = false;      // which does not tell what was resident, and of how many plans traces are

    size_t shown() const { return limit == 0 ? programs.size() : std::min(limit, programs.size()); }
};

}  // namespace ttmem
