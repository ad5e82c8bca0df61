// `ttmem diff --json`.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/diff.h"

namespace ttmem {

Json diff_json(const DiffValues& values);

}  // namespace ttmem
