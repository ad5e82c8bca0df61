// A trace for https://ui.perfetto.dev: the use of each pool as a counter over time, operations and iterations as
// slices, failed allocations as instants.
//
// Two passes; memory as of a replay. Chips on which the same was in use share a counter.
#pragma once

#include "src/exports/exported.h"

namespace ttmem {

Exported write_perfetto(const Recording& recording, ByteSink& sink);

}  // namespace ttmem
