// What a run that has ended left, by all that is known of it.
#pragma once

#include <optional>

#include "src/analysis/leaks/verdict.h"
#include "src/apps/running/followed_run.h"
#include "src/apps/sources/capture_session.h"

namespace ttmem {

// By the capture's history, where there is one, else by what the rings still have. Of a `gate` also why what is still
// running makes it inconclusive. Settles the snapshot.
LeakVerdict verdict_of_run(const FollowedRun& followed, const std::optional<CaptureSession>& capture,
                           Snapshot& snapshot, const Suppressions& known, bool gate, BytesText bytes);

}  // namespace ttmem
