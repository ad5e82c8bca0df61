// A table in a part of the canvas: titles, the rows around the selected one, marks for what is above and below.
#pragma once

#include "src/views/tui/content.h"

namespace ttmem::tui {

// Which rows are in sight: moves as little as it must for the selected row to be among them.
size_t first_in_sight(size_t first, size_t selected, size_t rows, size_t page);

// Titles in the first line, then `lines - 1` rows from `first` on.
void draw_table(Canvas& canvas, const TableContent& table, size_t row, size_t lines, size_t first, size_t selected);

}  // namespace ttmem::tui
