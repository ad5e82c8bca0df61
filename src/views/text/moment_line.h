// Which moment of a recording an answer is about, as a line above it.
#pragma once

#include <string>

#include "src/views/text/look.h"

namespace ttmem {

// "As it was at the end of run.ttmem, ...", with a sentence on other moments after it; "" where `moment` is "": what is
// shown is as it stands while somebody looks.
std::string moment_line(const std::string& moment, const std::string& other, const Look& look);

// " at the end of run.ttmem" where nothing of what was asked for is there: "No program matches" + this; "" likewise.
std::string moment_words(const std::string& moment);

}  // namespace ttmem
