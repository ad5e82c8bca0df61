// Live blocks that have addresses in common: then a free was missed, or two allocators share a pool.
#pragma once

#include "src/analysis/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Those of a selection that begin inside another one of it, on a chip and in a pool that both are in. Parts of a mesh
// have cores of their own: their blocks are compared with those of the same part only.
Selection overlapping(const Snapshot& snapshot, const Selection& selection);

}  // namespace ttmem
