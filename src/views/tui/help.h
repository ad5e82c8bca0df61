// The keys: those of the bottom line, and all of them.
#pragma once

#include <string>
#include <vector>

#include "src/views/tui/canvas.h"
#include "src/views/tui/state.h"

namespace ttmem::tui {

std::vector<std::string> help_lines(ChartForm form);

// As many as fit, the most needed first.
void draw_keys(Canvas& canvas, const State& state, size_t row);

}  // namespace ttmem::tui
