// `ttmem status`: how much of each pool of each chip is in use, and by which processes.
#pragma once

#include <string>
#include <vector>

#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

// All live processes, or the one that was asked for: the chips and the coverage are theirs together.
struct StatusValues {
    WallTime generated_at = 0;
    std::vector<ChipUse> chips;
    std::vector<const Process*> processes;  // belong to the caller
    Coverage coverage;
    UntrackedProcesses untracked;
};

}  // namespace ttmem
