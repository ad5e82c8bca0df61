// Whether what is live now can be what a message tells of: only then it has a place in its explanation.
#pragma once

#include <string>

#include "src/model/failure_figures.h"
#include "src/model/snapshot.h"

namespace ttmem {

// A chip with the message's banks and bank size, with as much allocated (within kFitPercent of a bank), or too full for
// what was asked where the message does not say; for a clash, with an L1 buffer at its very address; for traces, with
// its trace region.
constexpr uint64_t kFitPercent = 2;
bool snapshot_fits(const Snapshot& snapshot, const FailureFigures& figures);

// "What is live now does not fit this message (14.1 MiB of dram on a chip, 11.4 GiB in the message): it is of another
// run."
std::string why_it_does_not_fit(const Snapshot& snapshot, const FailureFigures& figures);

}  // namespace ttmem
