// What is to be known of leaks beside where they are: lines below their sum, each with its end.
#pragma once

#include <string>

#include "src/analysis/leaks/leaks.h"
#include "src/views/text/look.h"

namespace ttmem {

// Of what one process or several left: what did not repeat (analysis/leaks/once.h). `left` is all that it is part of.
std::string leaks_remarks(const Sum& once, const Sum& left, const Look& look);

// What was kept to the end and is no leak: Judgement::kept.
std::string kept_line(const Sum& kept, const Look& look);

// What iterations made that have not ended: Judgement::open.
std::string open_line(const Sum& open, const Look& look);

}  // namespace ttmem
