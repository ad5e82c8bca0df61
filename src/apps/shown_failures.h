// Failures as they were found in a source or recorded by processes, explained for a view.
#pragma once

#include "src/importers/failure_message/failure_scanner.h"
#include "src/model/snapshot.h"
#include "src/views/values/failures.h"

namespace ttmem {

// `snapshot` may be null.
ShownFailures explained(FailureScan scan, const Snapshot* snapshot);

// Those that the processes of a snapshot recorded themselves, oldest first in each.
ShownFailures recorded_failures(const Snapshot& snapshot);

}  // namespace ttmem
