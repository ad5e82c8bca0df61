// `ttmem headroom`: what each pool may still take.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/headroom.h"

namespace ttmem {

Json headroom_json(const HeadroomValues& values);

}  // namespace ttmem
