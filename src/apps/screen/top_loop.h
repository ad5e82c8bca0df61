// `ttmem top` while somebody watches: looks, paints what has changed, obeys keys.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "src/apps/screen/top_source.h"
#include "src/apps/terminal.h"
#include "src/views/tui/state.h"

namespace ttmem {

struct TopLoop {
    std::chrono::milliseconds interval{1000};
    bool color = true;
};

// What a view needs.
TopWants wants_of(const tui::State& state);

// Until a key ends it. A signal ends this process, after the terminal was given back.
int run_top(TopSource& source, tui::State state, const TopLoop& loop, const Terminal& terminal);

}  // namespace ttmem
