// `ttmem buffers`: live allocations, one line each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/select.h"
#include "src/model/machine.h"

namespace ttmem {

struct BuffersValues {
    const Snapshot& snapshot;
    Selection selection;  // in the order of showing
    size_t limit = 0;     // 0: all. The totals are those of the whole selection in any case
    UntrackedProcesses untracked;
    Over over = Over::kAllChips;    // what the totals are summed over
    std::string moment = {};        // of a capture or a history, in words; "" now
    std::string other_moment = {};  // a sentence: where more may be seen; "" nothing to say

    size_t shown() const { return limit == 0 ? selection.size() : std::min(limit, selection.size()); }
};

}  // namespace ttmem
