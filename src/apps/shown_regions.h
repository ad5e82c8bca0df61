// tt-metal's regions of this machine, for a view.
#pragma once

#include "src/views/values/regions.h"

namespace ttmem {

ShownRegions find_regions();

}  // namespace ttmem
