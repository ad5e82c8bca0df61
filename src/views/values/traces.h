// `ttmem traces`: what traces need, and what was allocated in their way.
#pragma once

#include "src/analysis/recording/traces.h"
#include "src/model/event.h"

namespace ttmem {

struct TracesValues {
    const Recording& recording;
    TraceReport report;
    size_t limit = 0;  // of rows in a table; 0 all
};

}  // namespace ttmem
