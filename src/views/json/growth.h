// `ttmem growth`: what stays behind in iteration after iteration.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/growth.h"

namespace ttmem {

Json growth_json(const GrowthValues& values);

}  // namespace ttmem
