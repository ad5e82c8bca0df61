// `ttmem buffers`: live allocations, one line each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "src/analysis/select.h"
#include "src/model/machine.h"

namespace ttmem {

struct BuffersValues {
    const Snapshot& snapshot;
    Selection selection;  // in the order of showing
    size_t limit = 0;     // 0: all. The totals are those of the whole selection in any case
    UntrackedProcesses untracked;
    bool of_one_chip = false;  // the selection is: then the totals are of that chip

    size_t shown() const { return limit == 0 ? selection.size() : std::min(limit, selection.size()); }
};

}  // namespace ttmem
