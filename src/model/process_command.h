// What people call a process.
#pragma once

#include <string>

#include "src/model/snapshot.h"

namespace ttmem {

// Its comm; of a Python that runs a script or a module also which, without its folder: "python3 model.py",
// "python3 -m pytest". Foreign, as both are: escape it.
std::string command_of(const Process& process);

}  // namespace ttmem
