#include "src/apps/sources/leak_history.h"

#include <set>

#include "src/apps/exit_code.h"
#include "src/collector/follower.h"

namespace ttmem {

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
        append(report, accumulated_in(live_recording(*system, interest), snapshot, of_it, known));
    }
    return report;
}

int code_of(LeakOutcome outcome) {
    return outcome == LeakOutcome::kNone ? kOk : outcome == LeakOutcome::kLeaked ? kCheckFailed : kInconclusive;
}

}  // namespace ttmem
