// `ttmem stats`: how a recorded program allocates.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/stats.h"

namespace ttmem {

std::string stats_text(const StatsValues& values, const Look& look);

}  // namespace ttmem
