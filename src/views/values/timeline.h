// `ttmem timeline`: the use of each pool over time.
#pragma once

#include "src/analysis/recording/timeline.h"
#include "src/model/event.h"

namespace ttmem {

struct TimelineValues {
    const Recording& recording;
    Timeline timeline;
};

}  // namespace ttmem
