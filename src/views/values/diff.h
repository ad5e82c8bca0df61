// `ttmem diff`: what differs between runs.
#pragma once

#include <vector>

#include "src/analysis/compare/diff.h"

namespace ttmem {

struct DiffValues {
    const std::vector<RunFigures>& runs;
    Diff diff;
    size_t limit = 0;  // rows of each table that are shown; 0 all
    DiffBy by = DiffBy::kOwner;
};

}  // namespace ttmem
