#include "src/apps/sources/newest_failure.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "src/apps/sources/tracked.h"

namespace ttmem {

Result<FailedProcesses> processes_that_failed() {
    Asked asked;
    asked.ended = true;
    asked.allocations = false;
    const Result<Tracked> looked = look_at(asked);
    if (!looked) return looked.error();
    const Snapshot& s = looked->snapshot;
    FailedProcesses all{.processes = s.processes.size(), .coverage = s.coverage};
    for (const Process& process : s.processes) {
        const bool is_running = process.state == ProcessState::kLive;
        all.running += is_running ? 1 : 0;
        if (process.failures.empty()) continue;
        const WallTime at = std::ranges::max(process.failures, {}, &Failure::at).at;
        all.failed.push_back({process.ledger, process.pid, is_running, at});
    }
    std::ranges::stable_sort(all.failed, std::greater{}, &ProcessThatFailed::at);
    return all;
}

Result<ToldFailure> told_of(AskedRecording asked, std::string source) {
    Result<Recording> recording = asked_recording(asked);
    if (!recording) return recording.error();
    std::optional<LastFailure> failure = explain_last_failure(*recording);
    if (const Result<void> read = was_read(asked, *recording); !read) return read.error();
    return ToldFailure{std::move(asked), std::move(source), std::move(*recording), std::move(failure)};
}

Result<ToldFailure> newest_told(const FailedProcesses& looked) {
    const AskedRecording running;
    Result<ToldFailure> newest = told_of(running, source_name(running));
    if (!newest) return newest;
    for (const ProcessThatFailed& failed : looked.failed) {
        if (newest->failure && newest->failure->snapshot.generated_at >= failed.at) break;
        if (failed.is_running) continue;  // asked above
        AskedRecording asked;
        asked.ended = {failed.ledger};
        std::string source = "process " + std::to_string(failed.pid) + ", which has ended";
        if (looked.running != 0) source += ", and in " + source_name(running);
        Result<ToldFailure> told = told_of(asked, std::move(source));
        if (!told || !told->failure) continue;  // its ledger may have gone meanwhile
        if (!newest->failure || told->failure->snapshot.generated_at > newest->failure->snapshot.generated_at)
            newest = std::move(told);
    }
    return newest;
}

}  // namespace ttmem
