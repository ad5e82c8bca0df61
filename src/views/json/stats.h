// `ttmem stats`: how a recorded program allocates.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/stats.h"

namespace ttmem {

Json stats_json(const StatsValues& values);

}  // namespace ttmem
