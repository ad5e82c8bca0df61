#include "src/machine/mock_ends.h"

#include <algorithm>

namespace ttmem {
namespace {

bool has_open_place(const Snapshot& snapshot, size_t process) {
    return std::ranges::any_of(snapshot.places,
                               [&](const Place& place) { return place.open && place.process.value == process; });
}

}  // namespace

std::vector<FailedProcess> failed_processes(Snapshot& snapshot, const std::map<uint32_t, int>& ends, uint32_t child) {
    std::vector<FailedProcess> failed;
    for (size_t i = 0; i < snapshot.processes.size(); ++i) {
        Process& process = snapshot.processes[i];
        if (process.pid == child || process.state == ProcessState::kLive) continue;
        const auto end = ends.find(process.pid);
        if (end != ends.end() && process.state == ProcessState::kKilled) {
            process.state = ProcessState::kExited;
            process.last_sign_at = 0;  // it did not say when
        }
        const bool was_killed = process.state == ProcessState::kKilled && has_open_place(snapshot, i);
        const bool ended_badly = end != ends.end() && end->second != 0;
        if (!was_killed && !ended_badly) continue;
        failed.push_back({process.pid, process.comm, ended_badly ? std::optional(end->second) : std::nullopt,
                          process.failed_allocations});
    }
    return failed;
}

}  // namespace ttmem
