// The run that a `ttmem run` is within.
#pragma once

#include "src/collector/untracked_trace.h"

namespace ttmem {

// As the environment says; but where that was taken or changed on the way (env -i, a launcher), as the processes above
// this one say. None has the id 0.
OuterRun outer_run();

}  // namespace ttmem
