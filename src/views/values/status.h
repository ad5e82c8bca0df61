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
    std::string moment = {};  // of a capture, in words; "" now
    uint64_t released = 0;    // allocations that the close of a device released; of a capture
};

}  // namespace ttmem
