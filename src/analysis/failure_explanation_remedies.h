// What would help against a failed allocation. The part of its explanation that advises.
#pragma once

#include <vector>

#include "src/analysis/failure_explanation.h"

namespace ttmem {

// The remedies that the figures show to help, the best first. `explanation` has everything but its remedies; `snapshot`
// may be null.
std::vector<Remedy> remedies_for(const FailureFigures& figures, const FailureExplanation& explanation,
                                 const Snapshot* snapshot);

}  // namespace ttmem
