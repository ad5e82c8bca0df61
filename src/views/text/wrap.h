// Sentences below a table, broken where the terminal ends.
#pragma once

#include <string>
#include <string_view>

#include "src/views/text/look.h"

namespace ttmem {

// Each line of `text` that is wider than the look goes on in the next one, between two words, behind `indent`. A word
// that is wider by itself stays whole.
std::string wrapped(const std::string& text, const Look& look, std::string_view indent = "  ");

// Likewise, but each line goes on below its own begin: after "    - Free" behind six blanks.
std::string wrapped_below(const std::string& text, const Look& look);

}  // namespace ttmem
