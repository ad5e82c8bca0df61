// `ttmem page`: a recording as one page that people look at; every part is another command's answer, or drawn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/compare/alignment.h"
#include "src/analysis/compare/diff.h"
#include "src/analysis/recording/lifetimes.h"
#include "src/analysis/recording/timeline.h"
#include "src/views/values/failures.h"
#include "src/views/values/growth.h"
#include "src/views/values/headroom.h"
#include "src/views/values/leaks.h"
#include "src/views/values/map.h"
#include "src/views/values/peak.h"
#include "src/views/values/stats.h"

namespace ttmem {

// Other runs that this one is held against.
struct ComparedRuns {
    std::vector<RunFigures> runs;  // the others in their order, then this one
    Diff diff;                     // of them
    std::vector<Timeline> others;
    std::vector<Alignment> alignments;  // of each of these
};

// Where everything lay when a program did not fit in its cores, or else when one needed most of a core.
struct PageMap {
    Snapshot snapshot;
    std::string moment;  // "when a program needed most of a core's L1 in run.ttmem"
    std::vector<ChipMap> maps;
    std::optional<MapClash> clash = std::nullopt;  // what did not fit then
};

struct PageValues {
    const Recording& recording;
    std::string source;   // the capture's name, foreign; or which processes
    bool of_capture;      // that other commands may be asked about
    std::string version;  // of ttmem
    std::string verdict;  // the first sentence
    Timeline timeline;
    std::vector<PoolLifetimes> lifetimes;  // as timeline.pools
    PeakValues peak;                       // likewise
    LeaksValues leaks;
    GrowthValues growth;
    StatsValues stats;
    HeadroomValues headroom;
    ExplainFailuresValues failures;
    std::optional<ComparedRuns> compared = std::nullopt;
    std::optional<PageMap> map = std::nullopt;
    // The same in the order of events, where `timeline` is by time, both have all of it, nothing runs and nothing is
    // compared.
    std::optional<Timeline> by_event = std::nullopt;
};

}  // namespace ttmem
