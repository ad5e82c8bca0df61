// `ttmem traces --json`: the document ttmem.traces/1.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/traces.h"

namespace ttmem {

Json traces_json(const TracesValues& values);

}  // namespace ttmem
