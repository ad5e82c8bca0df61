// One frame of `ttmem top` as text, and what to look for in it.
#pragma once

#include <string>
#include <vector>

#include "src/views/tui/frame.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem::tui {

inline Snapshot live_sample() {
    Snapshot s = sample_snapshot();
    s.coverage = {};
    return s;
}

inline State state_of(View view, ChartForm form = ChartForm::kAscii) {
    State state;
    state.view = view;
    state.form = form;
    return state;
}

inline std::string text_of(const TopValues& values, const State& state, Size size = {80, 24}) {
    return frame_of(values, state, size).canvas.text();
}

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

}  // namespace ttmem::tui
