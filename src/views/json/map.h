// `ttmem map --json`.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/map.h"

namespace ttmem {

Json map_json(const MapValues& values);

}  // namespace ttmem
