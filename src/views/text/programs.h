// `ttmem programs`: the programs of running processes, what their circular buffers reserve and occupy where, and the
// traces that dispatch them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/model/snapshot.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"
#include "src/views/text/untracked.h"

namespace ttmem {

struct ProgramsValues {
    const Snapshot& snapshot;
    std::vector<uint32_t> programs;  // into Snapshot::programs, in the order of showing
    std::vector<uint32_t> traces;    // into Snapshot::traces
    size_t limit = 0;                // of programs; 0: all
    bool each_buffer = false;        // text: a line per circular buffer, too
    UntrackedProcesses untracked;
};

std::string programs_text(const ProgramsValues& values, const Look& look);
Json programs_json(const ProgramsValues& values);

}  // namespace ttmem
