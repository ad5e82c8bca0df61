// What the terminal can do, as terminfo says: colors, keys, and how its screen is taken and given back.
#pragma once

#include <string>

#include "src/base/result.h"
#include "src/views/tui/keys.h"
#include "src/views/tui/paint.h"

namespace ttmem {

struct TerminalKind {
    tui::Colors colors = tui::Colors::kNone;
    tui::KeyNames keys;
    std::string begin, end;  // bytes: the other screen, keys that can be told apart, no cursor; and back
};

// Of $TERM. An error where it is not set or not known, or cannot move its cursor.
Result<TerminalKind> terminal_kind();

}  // namespace ttmem
