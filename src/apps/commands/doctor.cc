#include "src/apps/commands.h"

#include <fmt/format.h>

#include <map>

#include "src/base/text.h"
#include "src/collector/collector.h"
#include "src/collector/ledger_facts.h"
#include "src/collector/untracked_trace.h"
#include "src/machine/checks.h"
#include "src/machine/device_users.h"
#include "src/machine/preload.h"
#include "src/views/json/findings.h"
#include "src/views/text/findings.h"

namespace ttmem {
namespace doctor_parts {

void append(std::vector<Finding>& all, std::vector<Finding> more) {
    for (Finding& finding : more) all.push_back(std::move(finding));
}

// Ledgers that are there, and those that could not be read.
std::vector<Finding> check_ledgers(Collector& collector, Coverage& coverage) {
    uint64_t live = 0, dead = 0, unknown = 0, bytes = 0;
    for (const LedgerSeen& ledger : collector.ledgers()) {
        ++(ledger.live ? live : dead);
        unknown += !ledger.life_is_known;
        bytes += ledger.bytes;
    }
    std::vector<Finding> findings = {
        {Health::kOk, "ledgers",
         fmt::format("{} of running processes, {} of ended ones, {}", live, dead, human_bytes(bytes)), ""}};
    // Of many that are refused for the same reason one is named.
    std::map<std::string, std::vector<const RefusedLedger*>> by_reason;
    for (const RefusedLedger& refused : collector.refused()) by_reason[refused.reason].push_back(&refused);
    for (const auto& [reason, refused] : by_reason) {
        const std::string others = refused.size() == 1 ? "" : fmt::format(" and {} more", refused.size() - 1);
        findings.push_back(
            {Health::kWarning, "ledgers", fmt::format("{}{}: {}", refused.front()->path, others, reason),
             refused.front()->newer ? "use a newer ttmem" : "`ttmem gc --all` removes those that are yours"});
        coverage.note(findings.back().found);
    }
    std::vector<std::string> unread = collector.unread();
    if (unknown != 0)
        unread.push_back("the kernel does not say of " + counted(unknown, "process", "processes") + " whether it runs");
    for (const std::string& sentence : unread) {
        findings.push_back({Health::kWarning, "ledgers", sentence, "these figures are without them"});
        coverage.note(sentence);
    }
    return findings;
}

// What unmodified runtimes are followed by, and which builds of tt-metal were met.
std::vector<Finding> check_runtimes(const std::vector<Process>& tracked) {
    const Preload preload = find_preload();
    std::vector<Finding> findings = {
        !preload.problem.empty() ? Finding{Health::kWarning, "preload library",
                                           preload.problem + ": only programs linked to libttmem are followed",
                                           "install libttmem.so.0 beside it, or set LD_LIBRARY_PATH"}
        : preload.library.empty()
            ? Finding{Health::kWarning, "preload library",
                      "libttmem_preload.so is not beside ttmem: only programs linked to libttmem are followed",
                      "install it to lib/ttmem of the prefix that ttmem is in"}
            : Finding{Health::kOk, "preload library", preload.library, ""}};
    for (const Process& process : tracked) {
        if (process.state != ProcessState::kLive || process.runtime.empty()) continue;
        std::string found = fmt::format("process {} ({}) runs {}", process.pid, process.comm, process.runtime);
        if (process.coverage.complete) {
            findings.push_back({Health::kOk, "runtime", std::move(found), ""});
            continue;
        }
        for (const std::string& note : process.coverage.notes) found += "; " + note;
        findings.push_back({Health::kWarning, "runtime", std::move(found), "docs/ttnn.md has the table of versions"});
    }
    return findings;
}

// Processes that said why they could not record.
std::vector<Finding> check_untracked_traces(const System& system, Coverage& coverage) {
    std::vector<Finding> findings;
    Coverage unread;
    for (const UntrackedTrace& trace : untracked_traces(system, unread)) {
        if (trace.reason == "nested") continue;
        findings.push_back({Health::kWarning, "untracked", untracked_sentence(trace),
                            "it is forgotten after a day, or when " + trace.path + " is removed"});
    }
    for (const std::string& sentence : unread.notes)
        findings.push_back({Health::kWarning, "untracked", sentence, "look again"});
    coverage.merge(unread);
    return findings;
}

std::vector<Finding> check_devices(const std::vector<Process>& tracked, Coverage& coverage) {
    const UntrackedProcesses untracked = find_untracked(tracked);
    if (!untracked.device_nodes) {
        return {{Health::kWarning, "devices", "there is no /dev/tenstorrent: no device, or its driver is not loaded",
                 "simulated runtimes can be tracked all the same"}};
    }
    std::vector<Finding> findings;
    for (const DeviceUser& h : untracked.device_users) {
        findings.push_back(
            {Health::kWarning, "devices",
             fmt::format("process {} ({}) holds {} and is not tracked", h.pid, h.comm, h.devices.front()),
             "restart it under `ttmem run`, or with LD_PRELOAD=$(ttmem preload-path), without TTMEM_LEVEL=off; in a "
             "container share a TTMEM_DIR"});
    }
    if (untracked.hidden_processes != 0) {
        findings.push_back({Health::kWarning, "devices",
                            fmt::format("the open files of {} processes cannot be seen", untracked.hidden_processes),
                            "root can see them: sudo ttmem doctor"});
    }
    if (!untracked.why_unknown.empty()) {
        findings.push_back({Health::kWarning, "devices",
                            "whether other processes use a device could not be seen: " + untracked.why_unknown,
                            "look again"});
        coverage.note(findings.back().found);
    }
    if (findings.empty())
        findings.push_back({Health::kOk, "devices", "no process holds a device without being tracked", ""});
    return findings;
}

int examine(const Invocation& invocation) {
    const auto system = real_system();
    Collector collector(*system);
    collector.refresh();
    const Snapshot snapshot = collector.collect({.allocations = false});

    const LedgerRoom room = ledger_room();
    Coverage coverage;
    std::vector<Finding> findings = check_directories(room.start_bytes);
    append(findings, check_kernel(room.file_bytes));
    append(findings, check_environment());
    append(findings, {check_library()});
    append(findings, check_runtimes(snapshot.processes));
    append(findings, check_untracked_traces(*system, coverage));
    append(findings, check_ledgers(collector, coverage));
    append(findings, check_devices(snapshot.processes, coverage));
    append(findings, {check_containers()});
    const Terminal& terminal = invocation.terminal;
    return terminal.answer([&] { return findings_text(findings, terminal.look()); },
                           [&] { return findings_json(findings, snapshot.generated_at, coverage); },
                           overall(findings) == Health::kFailure ? kCheckFailed : kOk);
}

}  // namespace doctor_parts

Command doctor_command() {
    using namespace doctor_parts;
    return {.name = "doctor",
            .summary = "check what tracking needs on this machine, and say what to do",
            .examples =
                "  ttmem doctor\n"
                "  TTMEM_DIR=/dev/shm/shared ttmem doctor   in the program's environment\n",
            .details =
                "Checks as your user and in your environment, so run it the way you run the program that is not\n"
                "tracked. Exit code: 10 if something that tracking needs is missing.\n",
            .add_options = [](OptionList&) -> Run { return examine; }};
}

}  // namespace ttmem
