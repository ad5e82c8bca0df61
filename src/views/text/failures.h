// Failed allocations that messages tell of or that processes recorded, each with its explanation: a part of `ttmem
// show`, `ttmem explain FILE`, and `ttmem explain failures`.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/failures.h"

namespace ttmem {

// `snapshot`: the one that the explanations were made with; null when there was none.
std::string failures_text(const ShownFailures& shown, const Snapshot* snapshot, const Look& look);

std::string explain_failures_text(const ExplainFailuresValues& values, const Look& look);

}  // namespace ttmem
