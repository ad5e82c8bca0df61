#include "src/apps/commands.h"

#include "src/apps/filter_options.h"
#include "src/apps/tracked.h"
#include "src/base/text.h"
#include "src/views/json/leaks.h"
#include "src/views/text/leaks.h"

namespace ttmem {
namespace {

struct Options {
    Filter filter;
    std::string capture;
    std::optional<unsigned __int128> run;
    bool fail_on_leak = false;
};

int exit_code_of(const Options& options, const LeaksValues& values) {
    if (values.snapshot.processes.empty()) return kNothingTracked;
    if (!options.fail_on_leak) return kOk;
    if (!values.left.empty()) return kCheckFailed;
    return values.snapshot.coverage.complete ? kOk : kInconclusive;
}

int show(const Options& options, const Invocation& invocation) {
    const Asked asked{.filter = options.filter, .run = options.run, .ended = true, .capture = options.capture};
    const Result<Tracked> looked = look_at(asked);
    if (!looked) return invocation.terminal.fail(looked.error(), kFailed);
    const Snapshot& snapshot = looked->snapshot;
    const Over over = over_chips_of(options.filter);
    const LeaksValues values{snapshot, leaks_of(snapshot, options.filter),
                             verdict_bytes(snapshot, select(snapshot, options.filter), over), over};
    const Terminal& terminal = invocation.terminal;
    const std::optional<Error> unknown_processes = unknown(asked, snapshot);
    if (unknown_processes && !terminal.json()) return terminal.fail(*unknown_processes, kNothingTracked);
    return terminal.answer([&] { return leaks_text(values, terminal.look()); }, [&] { return leaks_json(values); },
                           exit_code_of(options, values));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    add_capture_option(list, std::shared_ptr<std::string>(options, &options->capture));
    add_filter_options(list, std::shared_ptr<Filter>(options, &options->filter));
    list.parsed("--run", "ID", "Only processes of this run: the run_id that `ttmem run` reports",
                [options](const std::string& text) {
                    options->run = parse_hex128(text);
                    return options->run ? "" : "`" + text + "` is not 32 hexadecimal digits";
                });
    list.flag("--fail-on-leak", options->fail_on_leak,
              "Exit with 10 when something was left, with 12 when that cannot be told");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace

Command leaks_command() {
    return {
        .name = "leaks",
        .summary = "what leaked, and what ended processes still held, by operation and class",
        .examples =
            "  ttmem leaks                     of all processes, running and ended, that are known\n"
            "  ttmem leaks --pid 4711          of one\n"
            "  ttmem leaks --fail-on-leak      as a check: exit code 10 when there is something\n",
        .details =
            "leaked: made in an iteration that is over, neither marked persistent nor a program's or trace's; or its\n"
            "program or trace is gone. A close of the device does not make it good. Class cb_plan are circular\n"
            "buffers whose program is gone without giving them back: they take no bytes. held_at_exit: live when\n"
            "its process ended without closing its device, however it ended. What a close released is neither: it\n"
            "is summed up beside it. ITERATIONS: in how many of them. Bytes are summed over all chips,\n"
            "with --chip they are of that chip.\n",
        .add_options = add_options};
}

}  // namespace ttmem
