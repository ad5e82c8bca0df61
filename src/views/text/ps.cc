#include "src/views/text/ps.h"

#include <fmt/format.h>

#include "src/analysis/snapshot/select.h"
#include "src/base/saturating.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/mistakes.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostPids = 5;  // named in one line

// "Process 17: ", "Processes 17, 18 and 3 more: "; of many processes one line is enough.
std::string whose(const std::vector<uint32_t>& pids) {
    if (pids.size() == 1) return fmt::format("Process {}: ", pids.front());
    const size_t shown = pids.size() <= kMostPids ? pids.size() : kMostPids - 1;
    std::string text = "Processes ";
    for (size_t i = 0; i < shown; ++i) {
        const bool is_last = i + 1 == pids.size();
        text += (i == 0 ? "" : is_last ? " and " : ", ") + std::to_string(pids[i]);
    }
    return text + (shown < pids.size() ? fmt::format(" and {} more: ", pids.size() - shown) : ": ");
}

// What went wrong in them, summed up.
std::string trouble_lines(const std::vector<const Process*>& processes, bool of_capture) {
    std::vector<uint32_t> failed, mistaken;
    uint64_t failures = 0;
    Mistakes mistakes;
    for (const Process* process : processes) {
        if (process->failed_allocations != 0) failed.push_back(process->pid);
        if (!mistakes_line(process->mistakes).empty()) mistaken.push_back(process->pid);
        failures = saturating_add(failures, process->failed_allocations);
        mistakes += process->mistakes;
    }
    std::string text;
    if (!failed.empty()) text += whose(failed) + failures_line(failures, of_capture);
    if (!mistaken.empty()) text += whose(mistaken) + mistakes_line(mistakes);
    return text;
}

}  // namespace

std::string ps_text(const Snapshot& snapshot, const UntrackedProcesses& untracked, const Look& look,
                    const std::string& moment) {
    if (snapshot.processes.empty()) {
        return nothing_tracked_text(untracked, snapshot.coverage, look, moment);
    }
    const std::vector<const Process*> processes = latest_first(snapshot);
    return moment_line(moment, "", look) +
           process_table(processes, snapshot.generated_at, ChipNames(snapshot), look, !moment.empty()) +
           wrapped(trouble_lines(processes, !moment.empty()), look) + coverage_lines(snapshot, look);
}

}  // namespace ttmem
