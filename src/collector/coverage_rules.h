// What is missing from the answers that come from one ledger, as its counters tell.
//
// `complete` is about the figures: it is false when a figure that is shown may be off, or one that should be there is
// not; an allocation without the operation that it should have counts as the latter. History that was overwritten takes
// nothing from what is live now and from the peaks, so it is counted in events_lost and leaves `complete` alone; so do
// times that are not known.
#pragma once

#include "src/model/coverage.h"
#include "src/reader/image.h"

namespace ttmem {

Coverage coverage_of(const ledger::LedgerImage& image, bool times_known);

// Of one process into that of all: its notes begin with "process <pid>: ".
void merge_process(const Coverage& of_process, uint32_t pid, Coverage& all);

}  // namespace ttmem
