// `ttmem ps`: the processes, and what each uses or held at its end.
#pragma once

#include <string>

#include "src/model/snapshot.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"
#include "src/views/text/untracked.h"

namespace ttmem {

// All processes of the snapshot are shown: the caller decides whether ended ones are in it.
std::string ps_text(const Snapshot& snapshot, const UntrackedProcesses& untracked, const Look& look);
Json ps_json(const Snapshot& snapshot, const UntrackedProcesses& untracked);

}  // namespace ttmem
