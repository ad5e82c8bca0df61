// `ttmem ps`: the processes, and what each uses or held at its end.
#pragma once

#include <string>

#include "src/model/machine.h"
#include "src/model/snapshot.h"
#include "src/views/text/look.h"

namespace ttmem {

// All processes of the snapshot are shown: the caller decides whether ended ones are in it.
// `moment`: of a capture, in words; "" now.
std::string ps_text(const Snapshot& snapshot, const UntrackedProcesses& untracked, const Look& look,
                    const std::string& moment = "");

}  // namespace ttmem
