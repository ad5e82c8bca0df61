// Bars and shades in the characters that a terminal can show: braille, blocks, or ASCII.
#pragma once

#include <optional>
#include <string>

#include "src/model/chip.h"
#include "src/views/text/chart.h"
#include "src/views/tui/canvas.h"

namespace ttmem::tui {

// 0 to 1, and more where more is in use than there is; absent when a part is not known or the whole is 0.
std::optional<double> share_of(std::optional<uint64_t> part, std::optional<uint64_t> whole);

// Between two edges, so that free space, which is the background, has an end. Whatever is in use shows at least the
// smallest mark, and what is not known is hatched. `columns` with the edges.
std::string bar(std::optional<double> share, size_t columns, ChartForm form);

// One character, the fuller the higher: of a grid of chips.
std::string level(std::optional<double> share, ChartForm form);

// As `status` warns: of what is nearly full.
Ink ink_of_share(std::optional<double> share);

}  // namespace ttmem::tui
