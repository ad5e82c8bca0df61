// Where everything lies on a chip as one picture, made to be dropped into a bug report: the grid of cores, the core
// with the narrowest gap from its lowest address to its highest, and the banks of DRAM. Self-contained, light and dark.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "src/analysis/map/map.h"

namespace ttmem {

// Words that the one who asks has: they may hold foreign names.
struct MapWords {
    struct Shortage {
        Pool pool;
        uint64_t bytes_per_bank;
    };
    std::string title;                       // "ttmem map: run.ttmem, chips 0-7"
    std::string verdict;                     // the first sentence
    std::string note;                        // what is missing; "" nothing
    std::optional<uint64_t> clash_end = {};  // where circular buffers were to end that did not fit just then
    std::optional<Shortage> shortage = {};   // what a buffer was to have that did not fit just then
};

// `core`: into L1Map::cores; the worst without.
std::string map_svg(const Snapshot& snapshot, const ChipMap& map, const MapWords& words,
                    std::optional<size_t> core = std::nullopt);

}  // namespace ttmem
