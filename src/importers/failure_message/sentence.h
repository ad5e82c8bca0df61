// The words of a throw that no pattern knows, out of the lines that they were printed and wrapped into.
//
// A sentence ends with the place in the source that the logger adds, before a backtrace, or with the string it stands
// in. Where none of these tells, only lines that were evidently wrapped are joined, and its end is open.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/importers/input/plain_lines.h"

namespace ttmem {

struct Sentence {
    std::string text;  // on one line, without the place in the source
    size_t end = 0;    // behind it, in the bytes of the lines
    bool open = true;  // nothing tells where it ends
};

// Whether a line goes on with no sentence: a traceback, another throw, another line of a logger.
bool begins_another(std::string_view text);

// Reads on from `first`, of which the words begin with `words`.
Sentence read_sentence(PlainLines& lines, const PlainLine& first, std::string words);

}  // namespace ttmem
