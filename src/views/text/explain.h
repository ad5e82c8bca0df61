// `ttmem explain ADDRESS`: the story of each block that covers an address.
#pragma once

#include <string>

#include "src/analysis/snapshot/explain.h"
#include "src/views/text/look.h"

namespace ttmem {

std::string explain_text(const Snapshot& snapshot, const Explanation& explanation, const Look& look);

}  // namespace ttmem
