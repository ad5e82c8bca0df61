// Lines that look like a failed allocation and are none of the known messages: shown as such, never skipped silently.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ttmem {

struct Lookalike {
    std::string text;  // the words, on one line; foreign
    size_t end = 0;    // behind them
    bool open = true;  // nothing tells where they end
};

// What begins at the first byte, "Out of Memory: ", "TT_FATAL", "TT_THROW", "TT_ASSERT", "| critical |" or "| error |",
// if its words tell of memory that could not be had and no known message is among them. `at_end`: no bytes follow
// these. `line_head`: what stands before the first byte on its line.
std::optional<Lookalike> read_lookalike(std::string_view bytes, bool at_end, std::string_view line_head = {});

// Whether one begins there, as far as its first letters tell.
bool begins_lookalike(std::string_view bytes);

// Whether one may begin with this byte and the next: for scanners, to skip quickly.
inline bool may_begin_lookalike(char first, char second) {
    const bool between =
        std::string_view("\n\r\x1b^\\\xe2\xc2\xef").find(second) != std::string_view::npos;  // within a word
    return (first == 'O' && (second == 'u' || between)) || (first == 'T' && (second == 'T' || between)) ||
           (first == '|' && (second == ' ' || between)) || (first == 'D' && second == 'R') ||
           (first == 'L' && second == '1') || (first == 'S' && second == 't');
}

}  // namespace ttmem
