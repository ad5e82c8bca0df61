// `ttmem tree`: who holds what, level by level.
#pragma once

#include <cstddef>
#include <vector>

#include "src/analysis/recording/peak.h"
#include "src/analysis/recording/tree.h"
#include "src/model/event.h"

namespace ttmem {

struct TreeValues {
    const Recording& recording;
    Coverage coverage;
    struct PoolTree {
        std::vector<ChipId> chips;
        Pool pool = Pool::kDram;
        TreeNode root;
    };
    std::vector<PoolTree> pools;  // fullest first
    std::vector<TreeLevel> levels;
    bool at_peak = true;               // else at the end
    size_t limit = 0;                  // children of a node; 0 all
    std::vector<CoreNeed> cores = {};  // at the peak: with the circular buffers of programs, which no pool has
};

}  // namespace ttmem
