// `ttmem status`: how much of each pool of each chip is in use, and by which processes.
#pragma once

#include <string>
#include <vector>

#include "src/model/snapshot.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"
#include "src/views/text/untracked.h"

namespace ttmem {

// All live processes, or the one that was asked for: the chips and the coverage are theirs together.
struct StatusValues {
    WallTime generated_at = 0;
    std::vector<ChipUse> chips;
    std::vector<const Process*> processes;  // belong to the caller
    Coverage coverage;
    UntrackedProcesses untracked;
};

// Chips with the same figures share their lines, so that 32 chips fit on a screen.
std::string status_text(const StatusValues& values, const Look& look);
Json status_json(const StatusValues& values);

}  // namespace ttmem
