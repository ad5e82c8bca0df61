// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/judgement.h"
#include "src/analysis/leaks.h"
#include "src/analysis/verdicts.h"

namespace ttmem {

struct LeaksValues {
    const Snapshot& snapshot;
    std::vector<LeftBy> left;
    VerdictBytes verdicts;
    Over over = Over::kAllChips;  // what all sums in it are over
    Judgement judgement = {};
};

}  // namespace ttmem
