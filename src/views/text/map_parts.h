// Parts of the text of `ttmem map`, for map.cc and for the terminal.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/map.h"

namespace ttmem {

// One core from its lowest address to its highest. `clash`: with the circular buffers that did not fit there, as one,
// instead of those of a program that did; may be null.
std::string core_column_text(const MapValues& values, const L1Map& map, const CoreMap& core, const MapClash* clash,
                             bool ascii, const Look& look);

// Blocks and holes of a bank, lowest first.
std::string bank_column_text(const MapValues& values, const BankMap& map, bool ascii, const Look& look);

}  // namespace ttmem
