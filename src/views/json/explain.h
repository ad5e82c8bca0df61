// `ttmem explain ADDRESS`: the story of each block that covers an address.
#pragma once

#include "src/analysis/snapshot/explain.h"
#include "src/views/json/json.h"

namespace ttmem {

Json explain_json(const Snapshot& snapshot, const Explanation& explanation);

}  // namespace ttmem
