// `ttmem peak`: what was live when the use of each pool was largest.
#pragma once

#include <cstddef>
#include <string>

#include "src/analysis/recording/peak.h"
#include "src/model/event.h"

namespace ttmem {

struct PeakValues {
    const Recording& recording;
    Peaks peaks;
    GroupBy by = GroupBy::kOp;
    size_t limit = 0;          // rows of a list; 0 all
    std::string verdict = "";  // the first line
};

}  // namespace ttmem
