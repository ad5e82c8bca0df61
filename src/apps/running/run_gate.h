// What `ttmem run --fail-on-leak` asks beyond what is left at the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/leaks/accumulated.h"
#include "src/analysis/leaks/judgement.h"
#include "src/apps/running/followed_run.h"
#include "src/apps/sources/capture_session.h"

namespace ttmem {

// What grew and was freed again, as far as the whole history was recorded; else `judgement` says why it is not known,
// of a `gate` also that nothing was recorded.
std::optional<AccumulatedReport> accumulated_of(const FollowedRun& followed,
                                                const std::optional<CaptureSession>& capture, const Snapshot& snapshot,
                                                const Suppressions& known, bool gate, Judgement& judgement);

// Why a gate that found nothing is not green, beside what could not be judged: sentences.
std::vector<std::string> gate_cannot_tell(const Snapshot& snapshot);

}  // namespace ttmem
