#include "src/apps/shown_failures.h"

#include <algorithm>
#include <utility>

#include "src/importers/failure_message/failure_message.h"

namespace ttmem {

ShownFailures explained(FailureScan scan, const Snapshot* snapshot) {
    ShownFailures shown;
    shown.more = scan.more;
    shown.failures.reserve(scan.failures.size());
    for (FoundFailure& found : scan.failures) {
        FailureMessage& message = found.message;
        ShownFailure failure;
        failure.explanation = explain_failure(message.figures, snapshot);
        failure.omits = what_its_form_omits(message);
        failure.figures = std::move(message.figures);
        failure.text = std::move(message.text);
        failure.line = found.line, failure.offset = found.offset, failure.count = found.count;
        failure.complete = message.complete;
        failure.missing = std::move(message.missing);
        failure.cut_at = std::move(message.cut_at);
        shown.failures.push_back(std::move(failure));
    }
    return shown;
}

ShownFailures recorded_failures(const Snapshot& snapshot) {
    ShownFailures shown;
    for (uint32_t p = 0; p < snapshot.processes.size(); ++p) {
        const std::vector<Failure>& failures = snapshot.processes[p].failures;
        for (uint32_t i = 0; i < failures.size(); ++i) {
            std::optional<FailureFigures> figures = figures_of(failures[i]);
            if (!figures) continue;
            ShownFailure failure;
            failure.explanation = explain_failure(*figures, &snapshot);
            failure.figures = std::move(*figures);
            failure.recorded = RecordedFailure{ProcessIndex{p}, i};
            shown.failures.push_back(std::move(failure));
        }
        const uint64_t recorded = snapshot.processes[p].failed_allocations;
        shown.more += recorded - std::min<uint64_t>(recorded, failures.size());
    }
    return shown;
}

}  // namespace ttmem
