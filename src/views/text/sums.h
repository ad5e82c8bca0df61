// Sums of allocations as text: each figure a bound where it may lack some, or where it is more than 64 bits hold.
#pragma once

#include <string>

#include "src/analysis/snapshot/attribution.h"
#include "src/views/text/look.h"

namespace ttmem {

// ">= 14.0 MiB", also for the most that 64 bits hold.
std::string bound_bytes(uint64_t bytes, bool is_bound, const Look& look);

// "3 allocations: 8.00 MiB requested, 8.02 MiB reserved"; another sign than the colon where one stands before it.
std::string sum_text(const Sum& sum, bool is_bound, const Look& look, char sign = ':');

}  // namespace ttmem
