// A registrant of an address that was registered with the allocation server, told in sentences.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/snapshot/registrations.h"

namespace ttmem {

// Names in it are as the process gave them: escape them before they reach a terminal.
std::vector<std::string> registrant_story(const AllocationServerState& state, const Registrant& registrant);

}  // namespace ttmem
