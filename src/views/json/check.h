// `ttmem check`: whether what was recorded keeps within limits.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/check.h"

namespace ttmem {

Json check_json(const CheckValues& values);

}  // namespace ttmem
