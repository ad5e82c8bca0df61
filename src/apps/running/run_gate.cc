#include "src/apps/running/run_gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/apps/sources/recordings.h"
#include "src/base/text.h"

namespace ttmem {

std::optional<AccumulatedReport> accumulated_of(const FollowedRun& followed,
                                                const std::optional<CaptureSession>& capture, const Snapshot& snapshot,
                                                const Suppressions& known, bool gate, Judgement& judgement) {
    if (snapshot.processes.empty()) return AccumulatedReport();
    if (!capture) {
        if (gate) {
            judgement.add(
                {"no temporary file could be made for the history, so what grew "
                 "and was freed again is not known; set TMPDIR to a folder with room"});
        }
        return std::nullopt;
    }
    if (const std::optional<Error>& error = followed.capture_error()) {
        judgement.add(
            {"the history was not kept to its end, so what grew from iteration to iteration and was freed "
             "again is not known: " +
             error->what + ": " + error->why});
    }
    const Result<Recording> recording = open_recording(capture->path());
    if (!recording) {
        judgement.add({"what grew from iteration to iteration and was freed again is not known: " +
                       recording.error().what + ": " + recording.error().why});
        return std::nullopt;
    }
    AccumulatedReport report = accumulated_in(*recording, snapshot, {}, known);
    judgement.add(report.not_judged());
    if (const Result<void> read = was_read(*recording, capture->path()); !read) {
        judgement.add(
            {"what grew from iteration to iteration and was freed again is not known: the history could not be "
             "read to its end"});
    }
    return report;
}

std::vector<std::string> gate_cannot_tell(const Snapshot& snapshot) {
    std::vector<std::string> sentences;
    const auto live = std::count_if(snapshot.processes.begin(), snapshot.processes.end(),
                                    [](const Process& process) { return process.state == ProcessState::kLive; });
    if (live != 0) {
        sentences.push_back(counted(static_cast<uint64_t>(live), "process", "processes") +
                            " of it still running: what they leave is not known yet");
    }
    return sentences;
}

}  // namespace ttmem
