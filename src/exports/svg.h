// Pieces of pictures: numbers and foreign words as SVG text, and the colours that every picture of ttmem has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem {

// One decimal at most: "12", "3.5".
std::string svg_number(double value);

// For text and attributes; what XML does not allow becomes "?".
std::string svg_escaped(std::string_view foreign);

// Where an axis of bytes has its figures: multiples of a power of two from one to the other, at most `most` steps.
std::vector<uint64_t> svg_byte_ticks(uint64_t from, uint64_t to, uint64_t most);

// Colours by class, Okabe and Ito's, each with a hatch of its own, as <style> and <defs>; dark where the reader's
// screen is. Classes of marks: "tensor", "persistent", "program", "trace", "cb", "runtime", "leaked", "unknown" fill;
// "ink", "faint" and "bad" are for text and lines, "over" for text that lies over a picture; "back" and "gap" for
// areas.
std::string svg_style();

}  // namespace ttmem
