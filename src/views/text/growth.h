// `ttmem growth`: what stays behind in iteration after iteration.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/growth.h"

namespace ttmem {

std::string growth_text(const GrowthValues& values, const Look& look);

}  // namespace ttmem
