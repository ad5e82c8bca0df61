// A memory snapshot as PyTorch pickles them, for https://pytorch.org/memory_viz: each allocation over time, and how the
// blocks lie in each pool.
//
// A "device" of it is the chips on which the same was in use; sizes are reserved bytes on one of them. An address is
// that in a bank times the banks, in a range of the pool's own, so that blocks have the size that is taken from the
// pool. One pass for each device; memory as of a replay.
#pragma once

#include "src/exports/exported.h"

namespace ttmem {

Exported write_memory_viz(const Recording& recording, ByteSink& sink);

}  // namespace ttmem
