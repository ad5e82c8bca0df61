// Failed allocations that messages tell of or that processes recorded, each with its explanation: a part of `ttmem
// show`, `ttmem explain FILE`, and `ttmem explain failures`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/failure_explanation.h"

namespace ttmem {

// Whose a recorded failure is: positions in the snapshot.
struct RecordedFailure {
    ProcessIndex process;
    uint32_t failure = 0;  // in Process::failures
};

struct ShownFailure {
    FailureFigures figures;
    FailureExplanation explanation;
    std::string text;  // the message on one line; foreign
    uint64_t line = 0, offset = 0;
    uint64_t count = 1;  // how often it was printed
    bool complete = true;
    std::vector<std::string> missing;         // what is not known because it was cut off: "the size of a bank"
    std::string cut_at;                       // its last words then; foreign
    std::optional<RecordedFailure> recorded;  // by a process itself: the words of a message are absent then
    std::string omits;                        // what a message of its age does not say; "" nothing
};

struct ShownFailures {
    std::vector<ShownFailure> failures;  // in the order of the source
    uint64_t more = 0;                   // beyond those
};

// `ttmem explain FILE`. With a snapshot it names who holds the space now.
struct ExplainFailuresValues {
    WallTime generated_at = 0;
    std::string source;
    ShownFailures shown;
    const Snapshot* snapshot = nullptr;
    Coverage coverage;
};

}  // namespace ttmem
