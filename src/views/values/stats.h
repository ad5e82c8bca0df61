// `ttmem stats`: how a recorded program allocates.
#pragma once

#include <cstddef>

#include "src/analysis/recording/stats.h"
#include "src/model/event.h"

namespace ttmem {

struct StatsValues {
    const Recording& recording;
    Stats stats;
    size_t limit = 0;  // owners; 0 all
};

}  // namespace ttmem
