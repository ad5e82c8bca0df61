// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include <string>

#include "src/analysis/leaks/verdict.h"

namespace ttmem {

struct LeaksValues {
    const Snapshot& snapshot;
    LeakVerdict leaks;
    std::string filter = "";  // what chose among allocations, as "--op matmul"; "" nothing did
    uint64_t left_out = 0;    // allocations, and plans, that would be in the answer without it
    size_t limit = 0;         // of each process: owners as text, items in JSON; 0 all
};

}  // namespace ttmem
