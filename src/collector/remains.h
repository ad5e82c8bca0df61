// What is kept of a process of a run that has ended: what it left, and what that refers to. So a run of thousands of
// processes takes the memory of what they left, not of what their ledgers still had in their slots.
#pragma once

#include <cstddef>
#include <functional>

#include "src/model/snapshot.h"

namespace ttmem {

// Whether an allocation of an ended process is to be kept.
using Keeps = std::function<bool(const Snapshot&, const Allocation&)>;

// How much of each table a snapshot had at some moment.
struct SnapshotSizes {
    size_t places = 0, programs = 0, traces = 0, allocations = 0;
    static SnapshotSizes of(const Snapshot& snapshot);
};

// Of the last process of the snapshot, whose part of the tables begins at `before`: removes the allocations that are
// not kept and adds their bytes to Process::unlisted_released_bytes, for all but what it left had been released by a
// close. Programs without circular buffers left behind, traces and places go, too, unless something that stays refers
// to them.
void keep_remains(Snapshot& snapshot, const SnapshotSizes& before, const Keeps& keeps);

}  // namespace ttmem
