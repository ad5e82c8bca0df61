// `ttmem growth`: what stays behind in iteration after iteration.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/growth.h"

namespace ttmem {

// "certainty", in how many iterations it grew and shrank, and how it stood in the "first" and the "last".
void add_grown(Json& json, const Grown& grown, Over over = Over::kAllChips);

Json growth_json(const GrowthValues& values);

}  // namespace ttmem
