// What was left out because it is known.
#pragma once

#include <string>

#include "src/analysis/leaks/suppressions.h"
#include "src/views/text/look.h"

namespace ttmem {

// "3 suppressed, 1.20 MiB reserved on all chips together: 2 by class:program, 1 by op:add" with a newline; "" for none.
std::string suppressed_line(const Suppressed& suppressed, Over over, const Look& look);

}  // namespace ttmem
