// Where lines end and begin in text that something wrapped on its way: breaks as bytes, spelled out or in markup, with
// quotes and box lines around them, and what stands at the beginning of the next line.
//
// Each takes a place in the bytes and returns the one behind what it skips, or the same where there is none.
#pragma once

#include <cstddef>
#include <string_view>

namespace ttmem {

constexpr size_t kMostPrefixBytes = 256;  // of a line, before what goes on in it

// A line break, as a byte or spelled out.
size_t skip_newline(std::string_view bytes, size_t at);

// The box line, or one of these marks, that may surround a wrapped line.
size_t skip_mark(std::string_view bytes, size_t at, std::string_view marks);
size_t skip_marks(std::string_view bytes, size_t at, std::string_view marks);  // all, with colors and blanks

// A line break with the blanks and marks before it; npos where there is none.
size_t skip_break(std::string_view bytes, size_t at);

// Times at the beginning of a line: "2026-11-22 18:48:13.120 ", "2026-11-22T18:48:13Z ". A mere number is no time: it
// may be the rest of a number that a line break cut.
size_t skip_times(std::string_view bytes, size_t at);

// Whether the byte at `at` is the colon of "12:34": what follows it is no place for a message to go on.
bool inside_time(std::string_view bytes, size_t at);

}  // namespace ttmem
