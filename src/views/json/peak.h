// `ttmem peak`: what was live when the use of each pool was largest.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/peak.h"

namespace ttmem {

Json peak_json(const PeakValues& values);

}  // namespace ttmem
