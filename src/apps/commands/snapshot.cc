#include "src/apps/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include "src/apps/options/filter_options.h"
#include "src/apps/running/report_file.h"
#include "src/apps/sources/capture_session.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/untracked.h"

namespace ttmem {
namespace snapshot_parts {

struct Options {
    std::string output;
    Filter filter;  // its pid
    bool dead = false, history = false, force = false;
};

int snapshot(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (options.output.empty()) {
        return terminal.fail({"a snapshot goes to a file", "none is given", "ttmem snapshot -o FILE"}, kUsage);
    }
    const auto system = real_system();
    const uint32_t pid = options.filter.pid.value_or(static_cast<uint32_t>(::getpid()));
    const Result<std::string> name = capture_name(options.output, pid, system->now());
    if (!name) return terminal.fail(name.error(), kUsage);
    Result<CaptureSession> session = CaptureSession::open(*name, options.force, *system);
    if (!session) return terminal.fail(session.error(), kFailed);
    Interest interest;
    interest.pid = options.filter.pid;
    interest.all_incarnations = options.filter.all_incarnations;
    interest.dead = options.dead;
    session->begin(interest, {.past = options.history});
    if (const std::optional<Error> error = session->finish()) return terminal.fail(*error, kFailed);
    const auto as_text = [&] {
        return fmt::format("{}: {} as of now, {}\n", printable(session->path()),
                           counted(session->processes(), "process", "processes"),
                           terminal.look().bytes(session->bytes())) +
               nothing_recorded_text(session->processes(), session->coverage(), terminal.look()) +
               coverage_lines(session->coverage(), terminal.look());
    };
    const auto as_json = [&] {
        Json json = document("snapshot", system->now(), session->coverage());
        json["file"] = valid_utf8(session->path());
        json["bytes"] = session->bytes();
        json["processes"] = session->processes();
        return json;
    };
    return terminal.answer(as_text, as_json,
                           session->processes() != 0    ? kOk
                           : session->coverage().unread ? kInconclusive
                                                        : kNothingTracked);
}

}  // namespace snapshot_parts

Command snapshot_command() {
    using namespace snapshot_parts;
    return {.name = "snapshot",
            .summary = "save the current state in a capture",
            .examples =
                "  ttmem snapshot -o now.ttmem\n"
                "  ttmem snapshot --pid 4711 -o %p-%t.ttmem\n"
                "  ttmem buffers now.ttmem   as if it were now\n"
                "  ttmem snapshot --history --pid 4711 -o until-now.ttmem\n",
            .details =
                "The capture has no events: it has what is live, whose it is, and how full the chips are. With\n"
                "--history it also has what is still in the rings of the processes, for `ttmem peak`, `timeline`\n"
                "and the like; what the rings have overwritten is a gap. Processes at TTMEM_LEVEL=counts keep no\n"
                "history.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto options = std::make_shared<Options>();
                list.text("-o,--output", options->output, "FILE",
                          "Capture to write: %p is the pid, %h this machine, %t the time");
                add_pid_option(list, std::shared_ptr<Filter>(options, &options->filter));
                list.flag("--dead", options->dead, "Include processes that have ended, with what they held");
                list.flag("--history", options->history, "Include the history that is still in their rings");
                list.flag("--force", options->force, kForceHelp);
                return [options](const Invocation& invocation) { return snapshot(*options, invocation); };
            }};
}

}  // namespace ttmem
