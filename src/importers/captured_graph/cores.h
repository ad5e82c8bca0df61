// The text of a CoreRangeSet: which cores a circular buffer stands on.
//
// Two syntaxes: "{[(x=0,y=0) - (x=7,y=7)], [...]}" and the newer "{[0-0 - 7-7], [...]}". "{}" is no core at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ttmem {

// The ranges of cores, none for "{}". nullopt when it is neither syntax, or a range is inverted.
struct GraphCoreRange {
    uint32_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // both corners included
};
std::optional<std::vector<GraphCoreRange>> read_cores(std::string_view core_range_set);

// How many cores, 0 for "{}". nullopt when it is neither syntax, or the ranges are inverted or too many.
std::optional<uint64_t> count_cores(std::string_view core_range_set);

}  // namespace ttmem
