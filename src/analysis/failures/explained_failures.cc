#include "src/analysis/failures/explained_failures.h"

#include <algorithm>
#include <utility>

#include "src/analysis/failures/failure_fit.h"
#include "src/analysis/snapshot/other_chip.h"
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

// Of several failed captures the largest tells what the whole run needs, as far as it got: what helps against that one
// is advised for each.
void advise_largest_trace(ExplainedFailures& all) {
    const ExplainedFailure* largest = nullptr;
    uint64_t captures = 0;
    for (const ExplainedFailure& failure : all.failures) {
        if (failure.explanation.cause != FailureCause::kTraceRegion || !failure.figures().trace_bytes) continue;
        if (largest == nullptr || *failure.figures().trace_bytes > *largest->figures().trace_bytes) largest = &failure;
        ++captures;
    }
    if (captures < 2) return;
    const std::vector<Remedy> remedies = largest->explanation.remedies;
    const std::string bytes = bytes_text(*largest->figures().trace_bytes);
    std::string verdict = largest->explanation.verdict;
    verdict += " The largest of the " + std::to_string(captures) + " captures here needs that.";
    for (ExplainedFailure& failure : all.failures) {
        if (failure.explanation.cause != FailureCause::kTraceRegion) continue;
        FailureExplanation& e = failure.explanation;
        e.remedies = remedies;
        e.verdict = verdict;
        e.notes.push_back("Of the " + std::to_string(captures) + " sizes in this source, the largest is " + bytes +
                          ": the trace region must have at least that.");
    }
}

// How many buffers like the one that failed a series of them still asks for, and how many the free bytes hold.
void note_progress(const FoundFailure& found, FailureExplanation& e) {
    const FailureFigures& f = found.message.figures;
    if (!found.progress || f.kind != FailureKind::kOutOfMemory || !f.bytes_per_bank || *f.bytes_per_bank == 0) return;
    const uint64_t left = found.progress->total - found.progress->done;
    uint64_t bytes = 0;
    if (left == 0 || __builtin_mul_overflow(left, *f.bytes_per_bank, &bytes)) return;
    std::string text = "When it failed, `" + found.progress->label + "` was at " + with_commas(found.progress->done) +
                       " of " + with_commas(found.progress->total) + ". If each of the " + with_commas(left) +
                       " that are left asks for as much as this one, they take " + bytes_text(bytes) + " of each bank";
    if (f.free_per_bank)
        text += "; " + bytes_text(*f.free_per_bank) + " of each are free, enough for " +
                with_commas(*f.free_per_bank / *f.bytes_per_bank) + " of them at most";
    e.notes.push_back(text + ".");
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
            failure.explanation.notes.push_back(
                why_of_another_chip(*live, figures).value_or(why_it_does_not_fit(*live, figures)));
        note_progress(found, failure.explanation);
        failure.found = std::move(found);
        all.failures.push_back(std::move(failure));
    }
    advise_largest_trace(all);
    return all;
}

// A library that is newer than this ttmem recorded it.
FailureExplanation of_a_newer_kind() {
    FailureExplanation e;
    e.cause = FailureCause::kUnrecognized;
    e.verdict = "An allocation failed in a way that this ttmem does not know; use a newer ttmem.";
    Remedy remedy;
    remedy.kind = "newer_ttmem";
    remedy.text = "Use the ttmem that belongs to the program's libttmem.";
    e.remedies.push_back(std::move(remedy));
    return e;
}

ExplainedFailures recorded_failures(const Snapshot& snapshot, const OwnBlocks* own) {
    ExplainedFailures all;
    for (uint32_t p = 0; p < snapshot.processes.size(); ++p) {
        const std::vector<Failure>& failures = snapshot.processes[p].failures;
        for (uint32_t i = 0; i < failures.size(); ++i) {
            FailureFigures figures = figures_of(snapshot.processes[p], failures[i], snapshot);
            ExplainedFailure failure;
            failure.explanation =
                figures.kind == FailureKind::kUnknown ? of_a_newer_kind() : explain_failure(figures, &snapshot, own);
            failure.found.message.figures = std::move(figures);
            failure.recorded = RecordedFailure{ProcessIndex{p}, i};
            all.failures.push_back(std::move(failure));
        }
        const uint64_t recorded = snapshot.processes[p].failed_allocations;
        all.more += recorded - std::min<uint64_t>(recorded, failures.size());
    }
    const auto at = [&snapshot](const ExplainedFailure& failure) {
        return snapshot.processes[failure.recorded->process.value].failures[failure.recorded->failure].at;
    };
    std::stable_sort(all.failures.begin(), all.failures.end(),
                     [&at](const ExplainedFailure& a, const ExplainedFailure& b) { return at(a) > at(b); });
    return all;
}

}  // namespace ttmem
