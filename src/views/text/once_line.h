// What did not repeat of what was left (analysis/once.h), in words.
#pragma once

#include <string>

#include "src/analysis/attribution.h"
#include "src/views/text/look.h"

namespace ttmem {

// `once` is part of `left`, and not nothing. Without a line's end.
std::string once_line(const Sum& once, const Sum& left, const Look& look);

}  // namespace ttmem
