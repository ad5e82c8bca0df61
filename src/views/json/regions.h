// tt-metal's own counters in shared memory, shown beside ttmem's data by `status` and `ps`: a source of its own, never
// added to ttmem's figures.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/regions.h"

namespace ttmem {

Json regions_json(const ShownRegions& shown);

}  // namespace ttmem
