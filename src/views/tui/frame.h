// One frame of `ttmem top`: a pure function of what is known, what was chosen and the size of the terminal.
#pragma once

#include "src/views/tui/canvas.h"
#include "src/views/tui/content.h"
#include "src/views/tui/state.h"

namespace ttmem::tui {

struct Frame {
    Canvas canvas;
    Shown shown;    // for the next key
    State settled;  // with the selected row where it is now
};

Frame frame_of(const TopValues& values, const State& state, Size size);

}  // namespace ttmem::tui
