// How the processes of a mock run ended, by their ledgers and by the word that they left.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "src/model/mock_machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Those that ended with another status than 0, and those that were killed with a device open: who had closed all of
// them needed no more. `ends`: MockFolder::ends(). Of `child`, the program itself, its parent knows. Who ended by _exit
// leaves what a killed process leaves: where it left word as well, the snapshot is set right.
std::vector<FailedProcess> failed_processes(Snapshot& snapshot, const std::map<uint32_t, int>& ends, uint32_t child);

}  // namespace ttmem
