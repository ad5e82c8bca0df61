// Processes that hold a device and are not tracked: why an answer is empty or not the whole truth, and what to do.
#pragma once

#include <string>

#include "src/model/machine.h"
#include "src/views/text/look.h"

namespace ttmem {

// The answer of a view when no ledger is found.
std::string nothing_tracked_text(const UntrackedProcesses& untracked, const Look& look);

}  // namespace ttmem
