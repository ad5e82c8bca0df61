#include "src/views/tui/help.h"

#include <array>
#include <string_view>
#include <utility>

namespace ttmem::tui {
namespace {

using KeyWord = std::pair<std::string_view, std::string_view>;

constexpr std::array<KeyWord, 15> kKeys = {{{"q", "quit"},
                                            {"?", "help"},
                                            {"1-7", "view"},
                                            {"/", "filter"},
                                            {"s", "sort"},
                                            {"g", "group"},
                                            {"Enter", "detail"},
                                            {"Space", "pause"},
                                            {"[ ]", "time"},
                                            {"P", "peak"},
                                            {"p", "pool"},
                                            {"d", "device"},
                                            {"b", "bytes"},
                                            {"w", "save"},
                                            {"t", "theme"}}};
constexpr std::array<KeyWord, 6> kKeysOfText = {
    {{"q", "quit"}, {"Esc", "back"}, {"j k", "scroll"}, {"1-7", "view"}, {"[ ]", "time"}, {"b", "bytes"}}};

template <class Keys>
void draw(Canvas& canvas, const Keys& keys, size_t row) {
    size_t column = 0;
    for (const auto& [key, word] : keys) {
        if (column + key.size() + word.size() + 2 > canvas.size().columns) break;
        column = canvas.write(column, row, " " + std::string(key), {.bold = true, .reverse = true});
        column = canvas.write(column, row, " " + std::string(word) + " ", {.ink = Ink::kDim});
    }
}

}  // namespace

void draw_keys(Canvas& canvas, const State& state, size_t row) {
    if (state.help || state.detail) {
        draw(canvas, kKeysOfText, row);
    } else {
        draw(canvas, kKeys, row);
    }
}

std::vector<std::string> help_lines(ChartForm form) {
    const bool ascii = form == ChartForm::kAscii;
    return {
        "Keys",
        "  1 to 7, Tab      the view: overview, buffers, programs, timeline, leaks, failures, L1 by core",
        std::string("  j k, ") + (ascii ? "arrows" : "↑ ↓   ") + "      select a row; PgUp, PgDn, Home, End",
        "  Enter            what is known of the selected row; Esc goes back",
        "  /                filter: rows with this in any of their words",
        "  s, F6            next order of rows; once more reverses it",
        "  g                next grouping, where a view has several",
        "  d                next device: only what is on this chip; after the last one, all",
        "  p                next pool: dram, l1, system, l1_small, trace, all",
        "  b, u             exact bytes, or three digits",
        "  Space            pause, and go on",
        std::string("  [ ], ") + (ascii ? "left right" : "← →       ") +
            "  a step back or forward in time; { } ten steps",
        "  P                to the peak",
        "  n                to now, or the end of the capture",
        "  x                failures, explained",
        "  w                write what is on the screen to a file, as text",
        "  t                next theme: for a dark background, for a light one, without colors",
        "  Ctrl+L           paint the screen anew",
        "  q, F10, Ctrl+C   quit",
        "  Mouse            a click selects a tab or a row, a second one opens it; the wheel scrolls",
        "",
        "Words",
        "  Bytes of devices are reserved bytes: what was taken from the allocator, in all of its banks.",
        "  Of a process they are summed over its chips. HOST is what the process has in the memory of the host.",
        "  TRACKED FOR counts from where its recording began, which is after the start of the process.",
        "  dram, l1, l1_small and trace are allocators of a chip; cb are circular buffers, which programs plan in",
        "  L1 beside the allocator: MAX/CORE is the core that has the most.",
        "  Incomplete: figures may be more than is shown; the line below the tabs says why.",
        "",
        "The same as text: ttmem status, ps, buffers, programs, timeline, leaks, map, explain --failures.",
    };
}

}  // namespace ttmem::tui
