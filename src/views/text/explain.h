// `ttmem explain ADDRESS`: the story of each block that covers an address.
#pragma once

#include <string>

#include "src/analysis/snapshot/explain.h"
#include "src/views/text/look.h"

namespace ttmem {

// `moment`: of the snapshot, in words; "" goes without saying.
std::string explain_text(const Snapshot& snapshot, const Explanation& explanation, const Look& look,
                         const std::string& moment = "");

}  // namespace ttmem
