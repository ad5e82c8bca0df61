#include "src/exports/svg_words.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "src/base/text.h"

namespace ttmem {
namespace {

// Of the characters from blank to tilde, in hundredths of the font's size.
using Widths = std::array<uint8_t, 95>;
constexpr Widths kBook = {32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37,  32, 34, 64, 64, 64,
                          64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64,
                          58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64,  62, 74, 69, 99, 69,
                          62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36,  64, 64, 28, 28, 58,
                          28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60,  53, 64, 34, 64, 84};
constexpr Widths kBold = {35, 46,  53, 84, 70, 101, 88, 31,  46, 46, 53, 84, 38, 42,  38, 37, 70, 70,  70,
                          70, 70,  70, 70, 70, 70,  70, 40,  40, 84, 84, 84, 59, 100, 78, 77, 74, 84,  69,
                          69, 83,  84, 38, 38, 78,  64, 100, 84, 86, 74, 86, 78, 73,  69, 82, 78, 111, 78,
                          73, 73,  46, 37, 46, 84,  50, 50,  68, 72, 60, 72, 68, 44,  72, 72, 35, 35,  67,
                          35, 105, 72, 69, 72, 72,  50, 60,  48, 72, 66, 93, 65, 66,  59, 72, 37, 72,  84};
constexpr double kOtherLetter = 100, kIdeograph = 105;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Of a character that begins with `c`; what goes on takes no more.
double width_of(char c, const Widths& widths) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte <= '~') return widths[static_cast<size_t>(byte - ' ')];
    if (continues(c)) return 0;
    return byte < 0xe0 ? kOtherLetter : kIdeograph;
}

// In pixels.
double advance(char c, std::string_view style) {
    const bool is_head = style == "head";
    return width_of(c, is_head || style == "strong" ? kBold : kBook) / 100 * (is_head ? 15 : 12);
}

// How many bytes of `words` fit, whole characters.
size_t fitting(std::string_view words, double width, std::string_view style) {
    for (size_t i = 0; i < words.size(); ++i) {
        width -= advance(words[i], style);
        if (width < 0) return i;
    }
    return words.size();
}
// The same of their end: where it begins.
size_t fitting_end(std::string_view words, double width, std::string_view style) {
    size_t begin = words.size();
    for (size_t i = words.size(); i-- > 0;) {
        width -= advance(words[i], style);
        if (width < 0) break;
        if (!continues(words[i])) begin = i;
    }
    return begin;
}

}  // namespace

double svg_width(std::string_view words, std::string_view style) {
    double sum = 0;
    for (const char c : printable(words)) sum += advance(c, style);
    return sum;
}

std::vector<std::string> svg_lines(std::string_view words, double width, size_t most, std::string_view style) {
    std::vector<std::string> lines;
    std::string left = printable(words);
    while (lines.size() + 1 < most && svg_width(left, style) > width) {
        const size_t fit = std::max<size_t>(1, fitting(left, width, style));
        const size_t blank = left.rfind(' ', fit);
        const bool between_words = blank != std::string::npos && blank != 0;
        const size_t end = between_words ? blank : fit;
        lines.push_back(left.substr(0, end));
        left.erase(0, end + (between_words ? 1 : 0));
    }
    if (svg_width(left, style) > width) {
        left.resize(fitting(left, width - svg_width("...", style), style));
        left += "...";
    }
    lines.push_back(std::move(left));
    return lines;
}

std::string svg_shortened(std::string_view words, double width, std::string_view style) {
    const std::string whole = printable(words);
    if (svg_width(whole, style) <= width) return whole;
    const double room = (width - svg_width("...", style)) / 2;
    return whole.substr(0, fitting(whole, room, style)) + "..." + whole.substr(fitting_end(whole, room, style));
}

}  // namespace ttmem
