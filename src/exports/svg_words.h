// Words in pictures by the room they take. SVG breaks and shortens nothing by itself, and whoever opens a picture has
// fonts of his own, so widths are those of DejaVu Sans: of the usual fonts the widest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ttmem {

// As SvgCanvas::text() writes them, in pixels. `style`: the class of svg_style() that they have.
double svg_width(std::string_view words, std::string_view style);

// Broken into at most `most` lines no wider than `width`, between words where that is possible; what is still too much
// ends in "...".
std::vector<std::string> svg_lines(std::string_view words, double width, size_t most, std::string_view style);

// The words, or their begin and end with "..." between.
std::string svg_shortened(std::string_view words, double width, std::string_view style);

}  // namespace ttmem
