// Of a snapshot what belongs to a pid, as if nothing else had been seen.
#pragma once

#include <cstdint>

#include "src/model/snapshot.h"

namespace ttmem {

// Its processes (several had the pid one after the other, maybe) and their tables, with indices of their own. The
// coverage is theirs: without what is missing of others, with what is missing of the whole, which may be theirs, too.
// Without chips: those are sums over processes, which the collector makes.
Snapshot of_pid(Snapshot snapshot, uint32_t pid);

}  // namespace ttmem
