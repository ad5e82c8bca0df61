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

// Of these chips the worst core from its lowest address to its highest, with what reaches how far and who keeps it from
// growing; or else their banks.
std::string map_picture(const MapValues& values, const ChipMap& map, bool core, bool ascii, const Look& look);

}  // namespace ttmem
