// What was left out because it is known.
#pragma once

#include "src/analysis/leaks/suppressions.h"
#include "src/views/json/json.h"

namespace ttmem {

// A list: each line of a file that fitted anything, with the sum of that.
Json suppressed_json(const Suppressed& suppressed, Over over = Over::kAllChips);

}  // namespace ttmem
