// `ttmem status`: how much of each pool of each chip is in use, and by which processes.
#pragma once

#include "src/model/machine.h"
#include "src/views/json/json.h"
#include "src/views/values/status.h"

namespace ttmem {

Json status_json(const StatusValues& values);

}  // namespace ttmem
