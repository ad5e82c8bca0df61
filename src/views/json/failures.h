// Failed allocations that messages tell of or that processes recorded, each with its explanation: a part of `ttmem
// show`, `ttmem explain FILE`, and `ttmem explain --failures`.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/failures.h"

namespace ttmem {

Json failures_json(const ExplainedFailures& shown, const Snapshot* snapshot);
// Likewise, with how many there are of each kind.
void add_failures(Json& json, const ExplainedFailures& shown, const Snapshot* snapshot);

Json compare_failures_json(const CompareFailuresValues& values);
Json explain_failures_json(const ExplainFailuresValues& values);

}  // namespace ttmem
