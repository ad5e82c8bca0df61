// What grew from iteration to iteration and was freed again: a line for each owner.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/leaks/accumulated.h"
#include "src/views/text/look.h"

namespace ttmem {

// Each begins with `Leaked and freed later:`; the first ones of many. "" without any.
std::string accumulated_lines(const std::vector<Accumulated>& owners, const Look& look, Over over = Over::kAllChips);

}  // namespace ttmem
