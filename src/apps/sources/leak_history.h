// What the history of processes of this machine tells of their leaks, and what a gate says of it.
#pragma once

#include "src/analysis/leaks/verdict.h"

namespace ttmem {

// Of the processes of `snapshot`, as far as their rings go.
AccumulatedReport live_history(const Snapshot& snapshot, const Filter& filter, const Suppressions& known);

// kOk, kCheckFailed or kInconclusive.
int code_of(LeakOutcome outcome);

}  // namespace ttmem
