// tt-metal's own counters in shared memory, shown beside ttmem's data by `status` and `ps`: a source of its own, never
// added to ttmem's figures.
#pragma once

#include <string>

#include "src/model/shm_region.h"
#include "src/views/text/look.h"

namespace ttmem {

std::string regions_text(const ShmRegions& shown, const Look& look);  // "" when there are none

}  // namespace ttmem
