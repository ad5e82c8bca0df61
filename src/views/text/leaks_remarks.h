// What is to be known of leaks beside where they are: lines below their sum, each with its end.
#pragma once

#include <string>

#include "src/analysis/leaks/leaks.h"
#include "src/views/text/look.h"

namespace ttmem {

// Of what one process or several left: what did not repeat (analysis/leaks/once.h), and what the last iterations would
// have handed on (analysis/leaks/handed_on.h). `left` is all that these are part of. "": neither.
std::string leaks_remarks(const Sum& once, const Sum& handed_on, const Sum& left, const Look& look);

}  // namespace ttmem
