// Ids of runs, and runs within runs: `ttmem run` that is started by what another one follows.
#pragma once

#include <optional>

#include "src/model/ids.h"

namespace ttmem {

// Random. 0 for `outer`: of a run that is within none. Nothing where runs are nested too deep (more than three) for an
// id to tell of all that are around it.
std::optional<LedgerId> make_run_id(LedgerId outer);

// Whether it is the run `outer` or within it. Nothing is within 0.
bool run_is_within(LedgerId run, LedgerId outer);

// Of the run that has no other around it.
bool is_outermost(LedgerId run);

}  // namespace ttmem
