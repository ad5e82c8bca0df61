// Processes below this one that live, and those above it.
#pragma once

#include <chrono>
#include <vector>

#include "src/model/machine.h"

namespace ttmem {

// By pid, the parent first, as far as this pid namespace shows them.
std::vector<uint32_t> ancestors();

// By pid. Zombies do not live. Needs /proc; without it the list is empty.
std::vector<RunningProcess> living_descendants();

// Those that still live then; returns at once where none does. What a program leaves, as Python's tracker of resources,
// ends a moment after it as a rule.
std::vector<RunningProcess> living_descendants_after(std::chrono::milliseconds patience);

}  // namespace ttmem
