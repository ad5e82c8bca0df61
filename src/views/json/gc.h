// `ttmem gc`: which ledgers of ended processes were removed.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/gc.h"

namespace ttmem {

Json gc_json(const GcValues& values);

}  // namespace ttmem
