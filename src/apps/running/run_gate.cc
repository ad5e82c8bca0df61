#include "src/apps/running/run_gate.h"

#include <algorithm>

#include "src/apps/sources/leak_history.h"
#include "src/apps/sources/recordings.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr const char* kNotKnown = "what grew from iteration to iteration and was freed again is not known: ";

std::string words_of(const Error& error) { return error.what + ": " + error.why; }

bool is_whole(const AccumulatedReport& report) {
    return report.without_history.empty() && report.looked_at.empty() && report.begun_before.empty() &&
           report.with_gap.empty();
}

// What the rings still have. A program that ran for long has lost its beginning there: what is left of it is told as
// without a history then, and only a gate is told why that is not all.
std::optional<AccumulatedReport> history_of_rings(const Snapshot& snapshot, const Suppressions& known, bool gate) {
    AccumulatedReport report = live_history(snapshot, {}, known);
    if (!gate && !is_whole(report)) return std::nullopt;
    return report;
}

// `lacking`: why it is not the whole of it, sentences.
std::optional<AccumulatedReport> history_of(const FollowedRun& followed, const CaptureSession& capture,
                                            const Snapshot& snapshot, const Suppressions& known,
                                            std::vector<std::string>& lacking) {
    if (const std::optional<Error>& error = followed.capture_error())
        lacking.push_back("the history was not kept to its end, so " + (kNotKnown + words_of(*error)));
    const Result<Recording> recording = open_recording(capture.path());
    if (!recording) {
        lacking.push_back(kNotKnown + words_of(recording.error()));
        return std::nullopt;
    }
    AccumulatedReport report = accumulated_in(*recording, snapshot, {}, known);
    if (!was_read(*recording, capture.path()))
        lacking.push_back(std::string(kNotKnown) + "the history could not be read to its end");
    return report;
}

}  // namespace

LeakVerdict verdict_of_run(const FollowedRun& followed, const std::optional<CaptureSession>& capture,
                           Snapshot& snapshot, const Suppressions& known, bool gate, BytesText bytes) {
    std::vector<std::string> lacking;
    std::optional<AccumulatedReport> history;
    if (!snapshot.processes.empty()) {
        history = capture ? history_of(followed, *capture, snapshot, known, lacking)
                          : history_of_rings(snapshot, known, gate);
    }
    LeakVerdict verdict = leak_verdict(snapshot, std::move(history), {}, known, bytes);
    verdict.judgement.add(std::move(lacking));
    const auto live = std::ranges::count(snapshot.processes, ProcessState::kLive, &Process::state);
    if (gate && live != 0) {
        verdict.judgement.add({counted(static_cast<uint64_t>(live), "process", "processes") +
                               " of it still running: what they leave is not known yet"});
    }
    return verdict;
}

}  // namespace ttmem
