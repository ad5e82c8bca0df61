// An owner of an address that was registered with the allocation server, told in sentences.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/legacy.h"

namespace ttmem {

// Names in it are as the process gave them: escape them before they reach a terminal.
std::vector<std::string> legacy_story(const LegacyState& state, const LegacyOwner& owner);

}  // namespace ttmem
