// `ttmem replay --json`: the document ttmem.replay/1.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/replay.h"

namespace ttmem {

Json replay_json(const ReplayValues& values);

}  // namespace ttmem
