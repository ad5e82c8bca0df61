// Which characters show something, and only that, on a terminal.
#pragma once

#include <cstdint>

namespace ttmem {

// False for what moves the cursor, turns the direction of text, joins, hides, or means nothing to anybody: controls,
// format characters, separators of lines, private use, and code points that are not assigned.
bool is_graphic(uint32_t code_point);

}  // namespace ttmem
