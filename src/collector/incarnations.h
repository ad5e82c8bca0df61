// A pid that several processes had: which of them it means.
#pragma once

#include <vector>

#include "src/collector/collector.h"
#include "src/collector/discovery.h"
#include "src/model/coverage.h"

namespace ttmem {

// Of the ledgers `all` that fit a pid, those that live, and without any the one that began last; all of them where the
// interest asks for that or names no pid. The coverage says how many are not shown.
std::vector<const FoundLedger*> incarnations_of(std::vector<const FoundLedger*> all, const Interest& interest,
                                                const System& system, Coverage& coverage);

}  // namespace ttmem
