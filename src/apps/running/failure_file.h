// What `ttmem run` keeps of a program that failed: its last failed allocation, with who held what at that moment.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "src/analysis/failures/last_failure.h"

namespace ttmem {

// The last failure of a run whose processes have ended: out of its capture, or, with "", out of the history that their
// ledgers still have. Nothing where that tells of none.
std::optional<LastFailure> last_failure_of_run(unsigned __int128 run, const std::string& capture);

// Writes it, in full, into a new file of $TMPDIR or /tmp that only its owner may read. Its path; "" where none can be
// made. Of such files of one user the newest kMostFailureFiles stay.
constexpr size_t kMostFailureFiles = 20;
std::string keep_in_file(const LastFailure& failure, const std::string& source, pid_t program);

}  // namespace ttmem
