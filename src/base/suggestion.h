// The word that was probably meant.
#pragma once

#include <string>
#include <vector>

namespace ttmem {

// The one of `known` that is at most two slips away from `word` (a letter more, less, other, or two swapped), or that
// begins with it; "" when none is.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace ttmem
