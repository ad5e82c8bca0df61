// What processes held when they ended, and what they had leaked before.
#pragma once

#include <vector>

#include "src/analysis/attribution.h"
#include "src/model/snapshot.h"

namespace ttmem {

// One ended process that held something: blocks at places it never closed, however it ended, and leaks, which a close
// does not make good.
struct HeldBy {
    ProcessIndex process;
    Selection allocations;  // greatest reserved bytes first
    std::vector<Share> owners;
    Sum sum;
};

// The ended processes that held something, in the order of the snapshot; restricted to what `filter` lets through
// (its `standing` is not looked at).
std::vector<HeldBy> held_by_ended_processes(const Snapshot& snapshot, Filter filter = {});

}  // namespace ttmem
