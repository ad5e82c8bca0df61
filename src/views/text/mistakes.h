// What applications did wrong, and allocations that failed, as processes' ledgers count them.
#pragma once

#include <string>

#include "src/views/text/look.h"

namespace ttmem {

// "2 allocations failed", "1 double free, 3 frees after a close"; "" without. One line each, ended.
// `of_capture`: which is to be named to who tells more.
std::string failures_line(uint64_t failures, bool of_capture = false);
std::string mistakes_line(const Mistakes& mistakes);

}  // namespace ttmem
