#include "src/views/text/ps.h"

#include <fmt/format.h>

#include "src/analysis/select.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/mistakes.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {

std::string ps_text(const Snapshot& snapshot, const UntrackedProcesses& untracked, const Look& look,
                    const std::string& moment) {
    if (snapshot.processes.empty()) {
        return nothing_tracked_text(untracked, look) + coverage_lines(snapshot.coverage, look);
    }
    const std::vector<const Process*> processes = latest_first(snapshot);
    std::string text;
    for (const Process* process : processes) {
        const std::string who = fmt::format("Process {}: ", process->pid);
        for (const std::string& line : {failures_line(process->failed_allocations), mistakes_line(process->mistakes)}) {
            if (!line.empty()) text += who + line;
        }
    }
    return moment_line(moment, "", look) +
           process_table(processes, snapshot.generated_at, ChipNames(snapshot), look, !moment.empty()) +
           wrapped(text, look) + coverage_lines(snapshot.coverage, look);
}

}  // namespace ttmem
