// The lines of a text as they were before something carried it: without colors, without what the carrier put before
// each line (the prefix that the first line has, its numbers aside; marks, box lines), with single blanks.
//
// A line ends at a break as a byte, spelled out or in markup, and where a string of JSON or of logfmt ends that was
// opened before the first line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ttmem {

struct PlainLine {
    std::string text;
    size_t end = 0;            // behind it and its break, in the bytes
    size_t width = 0;          // of the line as it was carried, colors aside
    bool ends_string = false;  // the string ends here, in which the text stands
    bool blank_end = false;    // a blank stood before the break
    bool blank_begin = false;  // or after the prefix: where this line was broken, words ended
};

class PlainLines {
public:
    // `head`: what stands before the first byte on its line.
    PlainLines(std::string_view bytes, std::string_view head);

    std::optional<PlainLine> next();

private:
    size_t skip_line(size_t at, PlainLine& line) const;
    std::string_view without_prefix(std::string_view line, bool& blank) const;

    const std::string_view bytes_;
    std::string head_;  // without colors
    bool in_string_;    // a quote before the first byte is open
    size_t next_ = 0;
    bool first_ = true, ended_ = false;
};

// What both lines begin with, numbers taken for equal, up to where a word or a mark ends: the length in `line`.
size_t common_prefix(std::string_view line, std::string_view head);

}  // namespace ttmem
