// tt-metal's regions of this machine, for a view.
#pragma once

#include "src/views/values/regions.h"

namespace ttmem {

ShownRegions find_regions();

// What could not be read of them makes the answer that they are a part of incomplete.
void note_unreadable(const ShownRegions& regions, Coverage& coverage);

}  // namespace ttmem
