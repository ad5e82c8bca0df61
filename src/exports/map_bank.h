// A bank of a map as a bar, from its lowest address at the left to its highest: every bank is taken alike.
#pragma once

#include <optional>

#include "src/exports/map_marks.h"

namespace ttmem {

// `asked`: how many bytes a buffer was to have in each bank that did not fit just then. Returns the y below which
// nothing is drawn.
double draw_bank_bar(MapMarks& marks, const BankMap& bank, std::optional<uint64_t> asked, double top);

}  // namespace ttmem
