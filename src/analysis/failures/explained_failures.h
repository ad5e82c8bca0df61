// Failures that a source tells of or that processes recorded, each with its explanation.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/failures/failure_explanation.h"
#include "src/model/found_failure.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Whose a recorded failure is: positions in the snapshot.
struct RecordedFailure {
    ProcessIndex process;
    uint32_t failure = 0;  // in Process::failures
};

struct ExplainedFailure {
    FoundFailure found;  // of a recorded one, only the figures count
    FailureExplanation explanation;
    std::optional<RecordedFailure> recorded;

    const FailureFigures& figures() const { return found.message.figures; }
};

struct ExplainedFailures {
    std::vector<ExplainedFailure> failures;  // in the order of the source
    uint64_t more = 0;                       // beyond those

    // How often something failed, and messages of other kinds: warnings, and what is not known.
    uint64_t failed() const;
    uint64_t warnings() const;
    uint64_t unrecognized() const;
};

// `live`: what lives now, null when nobody is tracked. It enters an explanation only where it fits the message.
ExplainedFailures explained_failures(FailureScan scan, const Snapshot* live);

// Those that the processes of a snapshot recorded themselves, the newest first: its verdict is the
// first thing that is said. `own`: as of explain_failure().
ExplainedFailures recorded_failures(const Snapshot& snapshot, const OwnBlocks* own = nullptr);

}  // namespace ttmem
