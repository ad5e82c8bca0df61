// Processes that hold a device and are not tracked: why an answer is empty or not the whole truth, and what to do.
#pragma once

#include <string>

#include "src/model/coverage.h"
#include "src/model/machine.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"

namespace ttmem {

// The answer of a view when no ledger is found.
std::string nothing_tracked_text(const UntrackedProcesses& untracked, const Look& look);

// A note per process that holds a device beside the tracked ones: its memory is in no figure.
void note_untracked(const UntrackedProcesses& untracked, Coverage& coverage);

Json untracked_json(const UntrackedProcesses& untracked);  // [{pid, comm, devices}]

}  // namespace ttmem
