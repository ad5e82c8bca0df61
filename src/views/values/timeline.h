// `ttmem timeline`: the use of each pool over time.
#pragma once

#include <string>

#include "src/analysis/recording/timeline.h"
#include "src/model/event.h"

namespace ttmem {

struct TimelineValues {
    const Recording& recording;
    Timeline timeline;
    std::string verdict = "";  // the first line
};

}  // namespace ttmem
