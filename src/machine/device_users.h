// Which processes have a device node open, from /proc: the ones that may use device memory.
#pragma once

#include <string>
#include <vector>

#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Users of nodes below `device_directory`, without those in `tracked`. A tracked process whose pid the kernel does
// not confirm is recognized by the pid that it has in its own namespace. Looks at what this user may see, counts the
// rest, and says what else was in the way.
UntrackedProcesses find_untracked(const std::vector<Process>& tracked,
                                  const std::string& device_directory = "/dev/tenstorrent");

}  // namespace ttmem
