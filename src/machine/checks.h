// What tracking needs of a machine, looked at one by one, for `ttmem doctor`.
//
// They look as a program would that is started here and now, by this user with this environment. The one thing they
// write is a file without a name, which is gone at once.
#pragma once

#include <cstdint>
#include <vector>

#include "src/model/machine.h"

namespace ttmem {

// Where a program would put its ledger: is there a usable directory, on memory, with room for `ledger_bytes`?
std::vector<Finding> check_directories(uint64_t ledger_bytes);

// What the kernel must be able to do: locks of open files, files without a name, files of `file_bytes`.
std::vector<Finding> check_kernel(uint64_t file_bytes);

// TTMEM_* and TT_ALLOC_TRACKING_ENABLED.
std::vector<Finding> check_environment();

// Is libttmem.so found where a program would look?
Finding check_library();

// What it takes to follow programs in containers, and whether this is one.
Finding check_containers();

}  // namespace ttmem
