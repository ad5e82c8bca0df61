// What could not be looked at, said in the coverage of an answer.
#pragma once

#include "src/collector/collector.h"
#include "src/collector/discovery.h"
#include "src/model/snapshot.h"

namespace ttmem {

// After the last refresh of `discovery`. `user`: who looks.
void note_sources(const Discovery& discovery, const Interest& interest, uint32_t user, Snapshot& snapshot);

}  // namespace ttmem
