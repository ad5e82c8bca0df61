// Processes below this one that live.
#pragma once

#include <vector>

#include "src/model/machine.h"

namespace ttmem {

// By pid. Zombies do not live. Needs /proc; without it the list is empty.
std::vector<RunningProcess> living_descendants();

}  // namespace ttmem
