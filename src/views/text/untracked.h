// Why an answer is empty or not the whole truth, and what to do: processes that hold a device and are not tracked, and
// ledgers that could not be read.
#pragma once

#include <cstddef>
#include <string>

#include "src/model/coverage.h"
#include "src/model/machine.h"
#include "src/views/text/look.h"

namespace ttmem {

// The answer of a view without a process, with the lines of its coverage: that there is none, or, where ledgers could
// not be read, that this is not known. `moment`: "at the end of run.ttmem", "in run.ttmem"; "" this machine, now.
std::string nothing_tracked_text(const UntrackedProcesses& untracked, const Coverage& coverage, const Look& look,
                                 const std::string& moment = "");
// The first sentence of it.
std::string nothing_tracked_words(const std::string& moment);

// The sentence, or that nothing could be read.
std::string nothing_words(const std::string& sentence, const Coverage& coverage);

// Under what `record` and `snapshot` say that they have written, where no process was there: what to do. "" with one.
std::string nothing_recorded_text(size_t processes, const Coverage& coverage, const Look& look);

// The answer of a view that has this sentence for it: "Nothing is tracked: there is nothing to draw."
std::string nothing_text(const std::string& sentence, const Coverage& coverage, const Look& look);

}  // namespace ttmem
