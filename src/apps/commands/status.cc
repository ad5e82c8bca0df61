#include "src/apps/commands.h"

#include "src/apps/options/filter_options.h"
#include "src/apps/sources/tracked.h"
#include "src/collector/combine.h"
#include "src/daemon/allocation_server_socket.h"
#include "src/importers/machine/shm_region.h"
#include "src/views/json/allocation_server.h"
#include "src/views/json/regions.h"
#include "src/views/json/status.h"
#include "src/views/text/allocation_server.h"
#include "src/views/text/regions.h"
#include "src/views/text/status.h"

namespace ttmem {
namespace status_parts {

// Of a capture: what a close released; and where all have ended, the chips as those processes left them.
void tell_the_end(const Snapshot& end, StatusValues& values) {
    values.released = select(end, {.standing = Standing::kReleased}).size();
    if (!has_live_process(end)) values.chips = combine_chips(end, Which::kAll, values.coverage);
}

int show(const Filter& filter, const std::string& capture, const Invocation& invocation) {
    const Asked asked{.filter = filter, .allocations = !capture.empty(), .capture = capture};
    Result<Tracked> looked = look_at(asked);
    if (!looked) return invocation.terminal.fail(looked.error(), kFailed);
    Snapshot& snapshot = looked->snapshot;
    StatusValues values{snapshot.generated_at, snapshot.chips,    latest_first(snapshot),
                        snapshot.coverage,     looked->untracked, looked->moment};
    if (!capture.empty()) tell_the_end(snapshot, values);
    ShmRegions regions;
    std::optional<AllocationServerState> server;
    if (!filter.pid && capture.empty()) {
        regions = scan_shm_regions();
        regions.note_unreadable(values.coverage);
        server = ask_allocation_server();
    }
    const Terminal& terminal = invocation.terminal;
    const std::optional<Error> unknown_process = unknown(asked, snapshot);
    if (unknown_process && !terminal.json()) return terminal.fail(*unknown_process, kNothingTracked);
    const auto as_text = [&, look = terminal.look()] {
        return status_text(values, look) + regions_text(regions, look) + allocation_server_text(server, look);
    };
    const auto as_json = [&] {
        Json json = status_json(values);
        json["regions"] = regions_json(regions);
        json["allocation_server"] = allocation_server_json(server);
        return json;
    };
    const bool nothing = values.processes.empty() && !(server && !server->blocks.empty());
    return terminal.answer(as_text, as_json, nothing ? code_of(snapshot) : kOk);
}

}  // namespace status_parts

Command status_command() {
    using namespace status_parts;
    return {.name = "status",
            .summary = "show how full the chips are, and who is using them",
            .examples =
                "  ttmem status              all chips and processes\n"
                "  ttmem status --pid 4711   one process\n"
                "  ttmem status --bytes      exact figures\n"
                "  ttmem status run.ttmem    a capture, as it stood at its end\n"
                "  ttmem status --json | jq '.chips[0].pools.dram'\n",
            .details =
                "REQUESTED is what was asked for, RESERVED what that took from the allocator. PEAK is the largest\n"
                "RESERVED so far, given as an interval where it is not known exactly. `cb` is circular buffers:\n"
                "RESERVED by live programs, RESIDENT from the newest dispatches, summed over cores (see `ttmem\n"
                "programs`). Chips with the same figures share a line.\n"
                "\n"
                "No daemon is needed, and the programs being watched are never disturbed.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto filter = std::make_shared<Filter>();
                const auto capture = std::make_shared<std::string>();
                add_capture_option(list, capture);
                add_pid_option(list, filter);
                return [=](const Invocation& invocation) { return show(*filter, *capture, invocation); };
            }};
}

}  // namespace ttmem
