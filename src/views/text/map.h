// `ttmem map` as text: the verdict, the grid of cores, one core from its lowest address to its highest, what caps its
// circular buffers, and the banks of DRAM.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/map.h"

namespace ttmem {

std::string map_text(const MapValues& values, bool ascii, const Look& look);

// The first sentence, of the tightest chips; also that of a picture.
std::string map_verdict(const MapValues& values, const ChipMap& map, const Look& look);

}  // namespace ttmem
