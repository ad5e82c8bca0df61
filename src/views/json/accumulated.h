// What grew from iteration to iteration and was freed again.
#pragma once

#include <optional>
#include <vector>

#include "src/analysis/leaks/accumulated.h"
#include "src/views/json/json.h"

namespace ttmem {

// A list; null where nobody looked for it.
Json accumulated_json(const Snapshot& snapshot, const std::optional<std::vector<Accumulated>>& owners,
                      Over over = Over::kAllChips);

}  // namespace ttmem
