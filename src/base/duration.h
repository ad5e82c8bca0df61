// Durations as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ttmem {

// What human_duration() prints, and what is shorter, in nanoseconds: "1.68 s", "250ms", "1m30s", "2 min 5 s", "1h30",
// "1.6" (seconds where no unit is said). Nothing for what is none, and for more than 1,000 days.
std::optional<int64_t> duration_from_text(std::string_view text);

// Likewise to the last nanosecond, with as many digits as that takes: "1.68 s", "1.680000017 s", "2 min 5.25 s".
std::string exact_duration(int64_t nanoseconds);

// Of the times from `from` up to, and without, `until` the one that exact_duration() tells with the fewest digits, but
// for those that human_duration() tells in any case: a moment of what was so from then until then.
int64_t shortest_time_in(int64_t from, int64_t until);

}  // namespace ttmem
