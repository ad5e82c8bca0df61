// `ttmem ps`: the processes, and what each uses or held at its end.
#pragma once

#include "src/model/machine.h"
#include "src/model/snapshot.h"
#include "src/views/json/json.h"

namespace ttmem {

// `moment`: of a capture, in words; "" now.
Json ps_json(const Snapshot& snapshot, const UntrackedProcesses& untracked, const std::string& moment = "");

}  // namespace ttmem
