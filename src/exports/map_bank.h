// A bank of a map as a bar, from its lowest address at the left to its highest: every bank is taken alike.
#pragma once

#include "src/exports/map_marks.h"

namespace ttmem {

// Returns the y below which nothing is drawn.
double draw_bank_bar(MapMarks& marks, const BankMap& bank, double top);

}  // namespace ttmem
