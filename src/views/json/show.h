// `ttmem show FILE`: what a source that ttmem did not write says about device memory.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/show.h"

namespace ttmem {

Json show_json(const ShowValues& values);

}  // namespace ttmem
