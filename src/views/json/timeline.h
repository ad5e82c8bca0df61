// `ttmem timeline`: the use of each pool over time.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/timeline.h"

namespace ttmem {

Json timeline_json(const TimelineValues& values);

}  // namespace ttmem
