// Reads tt-umd's cluster descriptors (YAML, also the old JSON-like flow style) as machines.
//
// A descriptor says which chips there are and what of them is harvested; banks, L1 and addresses are those of the
// built-in machine of the same architecture. Compute grids follow from harvesting:
//   Wormhole   8 columns x (10 rows - harvested rows), at most 8 rows: the others dispatch (storage grid of tt-metal's
//              core descriptors); boards with two harvested rows dispatch on Ethernet cores
//   Blackhole  (14 columns - harvested columns - 1 that dispatches) x 10 rows
// Without chip_unique_ids a chip's id is its number << 32, as tt-umd gives it.
#pragma once

#include <string>
#include <string_view>

#include "sim/machine.h"

namespace ttmem::sim {

// Throws Refused with `origin` and, where it is known, the line in front of the reason.
Machine machine_from_cluster_descriptor(std::string_view text, const std::string& origin);

}  // namespace ttmem::sim
