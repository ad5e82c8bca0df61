// Whether words that nobody knows tell of memory that could not be had.
#pragma once

#include <string_view>

namespace ttmem {

bool tells_of_lacking_memory(std::string_view text);

}  // namespace ttmem
