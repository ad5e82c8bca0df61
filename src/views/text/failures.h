// Failed allocations that messages tell of or that processes recorded, each with its explanation: a part of `ttmem
// show`, `ttmem explain FILE`, and `ttmem explain --failures`.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/failures.h"

namespace ttmem {

// `snapshot`: the one that the explanations were made with; null when there was none. `is_now`: it is of this moment,
// so that ages of running processes are true; of a capture and of a moment that is past, times are told.
std::string failures_text(const ExplainedFailures& shown, const Snapshot* snapshot, bool is_now, const Look& look);

// "ttnn.zeros: out of memory, 256 MiB of dram asked for, 12.4 MiB missing": of a recorded one, of the processes of this
// snapshot; as far as its figures say.
std::string failure_line(const ExplainedFailure& failure, const Snapshot& snapshot, const Look& look);

// The verdict of the first failure that is known, a line; "" without failures.
std::string failures_verdict(const ExplainedFailures& shown);
// "2 failed allocations, 1 warning"
std::string failures_summary(const ExplainedFailures& shown);

std::string compare_failures_text(const CompareFailuresValues& values, const Look& look);
std::string explain_failures_text(const ExplainFailuresValues& values, const Look& look);

}  // namespace ttmem
