// Durations as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ttmem {

// What human_duration() prints, and what is shorter, in nanoseconds: "1.68 s", "250ms", "1m30s", "2 min 5 s", "1h30",
// "1.6" (seconds where no unit is said). Nothing for what is none, and for more than 1,000 days.
std::optional<int64_t> duration_from_text(std::string_view text);

}  // namespace ttmem
