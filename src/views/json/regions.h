// tt-metal's own counters in shared memory, shown beside ttmem's data by `status` and `ps`: a source of its own, never
// added to ttmem's figures.
#pragma once

#include "src/model/shm_region.h"
#include "src/views/json/json.h"

namespace ttmem {

Json regions_json(const ShmRegions& shown);

}  // namespace ttmem
