#include "src/views/text/untracked.h"

#include <fmt/ranges.h>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::string holders_text(const UntrackedProcesses& untracked, const Look& look) {
    if (!untracked.device_nodes)
        return "This machine has no /dev/tenstorrent: no device, or its driver is not loaded.\n";
    if (untracked.device_users.empty()) return "No process that can be seen from here holds /dev/tenstorrent/* open.\n";
    Table table(
        {{"PID", Align::kRight}, {.title = "COMMAND", .may_shorten = true}, {.title = "HOLDS", .may_shorten = true}});
    for (const DeviceUser& h : untracked.device_users) {
        table.add({std::to_string(h.pid), name_cell(h.comm), printable(fmt::format("{}", fmt::join(h.devices, ", ")))});
    }
    return "These processes hold a device and are not tracked:\n" + table.render(look);
}

}  // namespace

std::string nothing_words(const std::string& sentence, const Coverage& coverage) {
    return coverage.unread ? "Nothing could be read: what is asked for may be recorded all the same." : sentence;
}

std::string nothing_text(const std::string& sentence, const Coverage& coverage, const Look& look) {
    return wrapped(nothing_words(sentence, coverage) + "\n", look) + coverage_lines(coverage, look);
}

std::string nothing_recorded_text(size_t processes, const Coverage& coverage, const Look& look) {
    if (processes != 0) return "";
    return wrapped(
        nothing_words("Nothing is in it: no running process was tracked. `ttmem run -o FILE -- PROGRAM` records "
                      "a program from its start; `ttmem doctor` says why one that runs is not tracked.",
                      coverage) +
            "\n",
        look);
}

std::string nothing_tracked_words(const std::string& moment) {
    if (moment.empty()) return "Nothing is tracked: no running process has a ledger here.";
    return "Nothing is tracked " + moment + ": no process has recorded anything.";
}

std::string nothing_tracked_text(const UntrackedProcesses& untracked, const Coverage& coverage, const Look& look,
                                 const std::string& moment) {
    if (coverage.unread || !moment.empty()) return nothing_text(nothing_tracked_words(moment), coverage, look);
    std::string text = look.paint(Tone::kBold, nothing_tracked_words("")) + "\n";
    text += holders_text(untracked, look);
    if (untracked.hidden_processes != 0) {
        text += fmt::format("The open files of {} cannot be seen (other users'); as root they can.\n",
                            counted(untracked.hidden_processes, "process", "processes"));
    }
    text +=
        "\nTo track a program, start it under `ttmem run`; tt-metal and ttnn are followed as they are:\n"
        "  ttmem run -- python3 model.py\n"
        "What ended already:  ttmem ps --dead\n"
        "If it should be tracked but is not:  ttmem doctor\n";
    return wrapped(text, look) + coverage_lines(coverage, look);
}

}  // namespace ttmem
