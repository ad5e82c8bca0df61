#include "src/apps/sources/leak_history.h"

#include <algorithm>
#include <set>

#include "src/apps/exit_code.h"
#include "src/collector/follower.h"

namespace ttmem {
namespace {

bool has(const Recording& recording, LedgerId ledger) {
    return std::ranges::find(recording.end.processes, ledger, &Process::ledger) != recording.end.processes.end();
}

}  // namespace

AccumulatedReport live_history(const Snapshot& snapshot, const Filter& filter, const Suppressions& known) {
    std::set<uint32_t> pids;
    for (const Process& process : snapshot.processes) pids.insert(process.pid);
    AccumulatedReport report;
    const auto system = real_system();
    for (const uint32_t pid : pids) {  // one after the other: rings are large
        Interest interest;
        interest.pid = pid;
        interest.all_incarnations = true;
        Filter of_it = filter;
        of_it.pid = pid;
        const Recording recording = live_recording(*system, interest);
        append(report, accumulated_in(recording, snapshot, of_it, known));
        const bool was_read = std::ranges::all_of(snapshot.processes, [&](const Process& process) {
            return process.pid != pid || process.level == "counts" || has(recording, process.ledger);
        });
        if (!was_read) report.unread.push_back(pid);
    }
    return report;
}

int code_of(LeakOutcome outcome) {
    return outcome == LeakOutcome::kNone ? kOk : outcome == LeakOutcome::kLeaked ? kCheckFailed : kInconclusive;
}

}  // namespace ttmem
