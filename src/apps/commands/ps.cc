#include <unistd.h>

#include <algorithm>

#include "src/apps/commands.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/daemon/allocation_server_socket.h"
#include "src/importers/machine/shm_region.h"
#include "src/views/json/allocation_server.h"
#include "src/views/json/ps.h"
#include "src/views/json/regions.h"
#include "src/views/text/allocation_server.h"
#include "src/views/text/ps.h"
#include "src/views/text/regions.h"

namespace ttmem {
namespace ps_parts {

struct Options {
    bool dead = false, all_users = false;
    std::string capture;
};

// Nobody looks for what another user's processes left; their ledgers are there because theirs are in a shared folder.
// Those that run use the chips, whoever started them.
void leave_out_ended_of_others(Snapshot& snapshot) {
    const auto is_left_out = [user = ::geteuid()](const Process& process) {
        return process.state != ProcessState::kLive && process.uid != user;
    };
    const auto count = static_cast<size_t>(std::ranges::count_if(snapshot.processes, is_left_out));
    if (count == 0) return;
    std::erase_if(snapshot.processes, is_left_out);
    snapshot.coverage.note(
        counted(count, "ended process", "ended processes") + " of other users: --all-users shows them", false);
}

int show(const Options& options, const Filter& filter, const Invocation& invocation) {
    const Asked asked{.filter = filter, .ended = options.dead, .allocations = false, .capture = options.capture};
    Result<Tracked> looked = look_at(asked);
    if (!looked) return invocation.terminal.fail(looked.error(), kFailed);
    Snapshot& snapshot = looked->snapshot;
    const UntrackedProcesses& untracked = looked->untracked;
    const std::string& moment = looked->moment;
    if (options.dead && !options.all_users && !filter.pid && options.capture.empty())
        leave_out_ended_of_others(snapshot);
    ShmRegions regions;
    std::optional<AllocationServerState> server;
    if (!filter.pid && options.capture.empty()) {
        regions = scan_shm_regions();
        regions.note_unreadable(snapshot.coverage);
        server = ask_allocation_server();
    }
    const Terminal& terminal = invocation.terminal;
    const std::optional<Error> unknown_process = unknown(asked, snapshot);
    if (unknown_process && !terminal.json()) return terminal.fail(*unknown_process, kNothingTracked);
    const auto as_text = [&, look = terminal.look()] {
        return ps_text(snapshot, untracked, look, moment) + regions_text(regions, look) +
               allocation_server_text(server, look);
    };
    const auto as_json = [&] {
        Json json = ps_json(snapshot, untracked, moment);
        json["regions"] = regions_json(regions);
        json["allocation_server"] = allocation_server_json(server);
        return json;
    };
    const bool nothing = snapshot.processes.empty() && !(server && !server->blocks.empty());
    return terminal.answer(as_text, as_json, nothing ? code_of(snapshot) : kOk);
}

}  // namespace ps_parts

Command ps_command() {
    using namespace ps_parts;
    return {
        .name = "ps",
        .summary = "list the processes that use device memory, and those that ended",
        .examples =
            "  ttmem ps             running processes\n"
            "  ttmem ps --dead      also your own that ended, and what they held then\n"
            "  ttmem ps run.ttmem   the processes of a capture\n"
            "  ttmem ps --dead --json | jq '.items[] | select(.state == \"killed\")'\n",
        .details =
            "STATE is one of:\n"
            "\n"
            "- live\n"
            "- exited: it ended by itself\n"
            "- no cleanup (\"killed\" in JSON): it was killed, or it ended by _exit, as the workers of a pool do;\n"
            "  what it leaves does not show which\n"
            "\n"
            "TRACKED SINCE is when its recording began: after its own start, which may be minutes of imports earlier.\n"
            "Ended processes are known for as long as their ledgers are kept; see `ttmem gc --help`.\n",
        .add_options = [](OptionList& list) -> Run {
            const auto options = std::make_shared<Options>();
            const auto filter = std::make_shared<Filter>();
            add_capture_option(list, std::shared_ptr<std::string>(options, &options->capture));
            list.flag("--dead", options->dead, "Include your own processes that have ended");
            list.flag("--all-users", options->all_users, "With --dead: include those of other users");
            add_pid_option(list, filter);
            return [=](const Invocation& invocation) { return show(*options, *filter, invocation); };
        }};
}

}  // namespace ttmem
