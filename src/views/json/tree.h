// `ttmem tree`: who holds what, level by level.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/tree.h"

namespace ttmem {

Json tree_json(const TreeValues& values);

}  // namespace ttmem
