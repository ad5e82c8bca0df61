#include "src/analysis/explained_failures.h"

#include <algorithm>
#include <utility>

#include "src/analysis/failure_fit.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

template <class Of>
uint64_t times_of(const ExplainedFailures& all, const Of& of) {
    uint64_t times = 0;
    for (const ExplainedFailure& failure : all.failures) {
        if (of(failure.figures().kind)) times += failure.found.times;
    }
    return times;
}

// Of several failed captures the largest tells what the whole run needs, as far as it got.
void note_largest_trace(ExplainedFailures& all) {
    uint64_t largest = 0, captures = 0;
    for (const ExplainedFailure& failure : all.failures) {
        if (failure.figures().kind != FailureKind::kTraceRegion || !failure.figures().trace_bytes) continue;
        largest = std::max(largest, *failure.figures().trace_bytes);
        ++captures;
    }
    if (captures < 2) return;
    for (ExplainedFailure& failure : all.failures) {
        if (failure.figures().kind != FailureKind::kTraceRegion) continue;
        failure.explanation.notes.push_back("Of the " + std::to_string(captures) +
                                            " sizes in this source, the largest is " + bytes_text(largest) +
                                            ": the trace region must have at least that.");
    }
}

}  // namespace

uint64_t ExplainedFailures::failed() const {
    return more + times_of(*this, [](FailureKind kind) {
               return kind != FailureKind::kUnknown && kind != FailureKind::kUnsafeUnderTrace;
           });
}
uint64_t ExplainedFailures::warnings() const {
    return times_of(*this, [](FailureKind kind) { return kind == FailureKind::kUnsafeUnderTrace; });
}
uint64_t ExplainedFailures::unrecognized() const {
    return times_of(*this, [](FailureKind kind) { return kind == FailureKind::kUnknown; });
}

ExplainedFailures explained_failures(FailureScan scan, const Snapshot* live) {
    ExplainedFailures all;
    all.more = scan.more;
    all.failures.reserve(scan.failures.size());
    for (FoundFailure& found : scan.failures) {
        const FailureFigures& figures = found.message.figures;
        const bool fits = live != nullptr && snapshot_fits(*live, figures);
        ExplainedFailure failure;
        failure.explanation = explain_failure(figures, fits ? live : nullptr);
        if (live != nullptr && !fits && figures.kind != FailureKind::kUnknown)
            failure.explanation.notes.push_back(why_it_does_not_fit(*live, figures));
        failure.found = std::move(found);
        all.failures.push_back(std::move(failure));
    }
    note_largest_trace(all);
    return all;
}

ExplainedFailures recorded_failures(const Snapshot& snapshot) {
    ExplainedFailures all;
    for (uint32_t p = 0; p < snapshot.processes.size(); ++p) {
        const std::vector<Failure>& failures = snapshot.processes[p].failures;
        for (uint32_t i = 0; i < failures.size(); ++i) {
            std::optional<FailureFigures> figures = figures_of(failures[i]);
            if (!figures) continue;
            ExplainedFailure failure;
            failure.explanation = explain_failure(*figures, &snapshot);
            failure.found.message.figures = std::move(*figures);
            failure.recorded = RecordedFailure{ProcessIndex{p}, i};
            all.failures.push_back(std::move(failure));
        }
        const uint64_t recorded = snapshot.processes[p].failed_allocations;
        all.more += recorded - std::min<uint64_t>(recorded, failures.size());
    }
    return all;
}

}  // namespace ttmem
