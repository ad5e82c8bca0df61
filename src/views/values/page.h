// `ttmem page`: a recording as one page that people look at; every part is another command's answer, or drawn.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/lifetimes.h"
#include "src/analysis/timeline.h"
#include "src/views/values/growth.h"
#include "src/views/values/headroom.h"
#include "src/views/values/leaks.h"
#include "src/views/values/peak.h"
#include "src/views/values/stats.h"

namespace ttmem {

struct PageValues {
    const Recording& recording;
    std::string source;   // the capture's name; foreign
    std::string version;  // of ttmem
    std::string verdict;  // the first sentence
    Timeline timeline;
    std::vector<PoolLifetimes> lifetimes;  // as timeline.pools
    PeakValues peak;                       // likewise
    LeaksValues leaks;
    GrowthValues growth;
    StatsValues stats;
    HeadroomValues headroom;
};

}  // namespace ttmem
