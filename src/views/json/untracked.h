// Processes that hold a device and are not tracked: why an answer is empty or not the whole truth, and what to do.
#pragma once

#include "src/model/machine.h"
#include "src/views/json/json.h"

namespace ttmem {

Json untracked_json(const UntrackedProcesses& untracked);  // [{pid, comm, devices}]

}  // namespace ttmem
