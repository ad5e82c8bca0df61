// `ttmem explain --last --json`.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/last_failure.h"

namespace ttmem {

Json last_failure_json(const LastFailureValues& values);

}  // namespace ttmem
