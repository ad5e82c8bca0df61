#include "src/apps/commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/leaks/verdict.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/options/suppressions_option.h"
#include "src/apps/sources/leak_history.h"
#include "src/apps/sources/recordings.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/views/json/leaks.h"
#include "src/views/text/leaks.h"

namespace ttmem {
namespace leaks_parts {

constexpr size_t kTextLimit = 50;

struct Options {
    Filter filter;
    std::string capture;
    std::optional<unsigned __int128> run;
    std::vector<std::string> suppressions;
    std::optional<size_t> limit;
    bool fail_on_leak = false;
};

Result<LeakVerdict> verdict_of(const Asked& asked, Snapshot& snapshot, const Suppressions& known, BytesText bytes) {
    if (asked.capture.empty())
        return leak_verdict(snapshot, live_history(snapshot, asked.filter, known), asked.filter, known, bytes);
    const Result<Recording> recording = open_recording(asked.capture);
    if (!recording) return recording.error();
    LeakVerdict verdict = leak_verdict(*recording, snapshot, asked.filter, known, bytes);
    if (const Result<void> read = was_read(*recording, asked.capture); !read) return read.error();
    return verdict;
}

int exit_code_of(const Options& options, const LeaksValues& values) {
    if (values.snapshot.processes.empty()) return code_of(values.snapshot);
    return options.fail_on_leak ? code_of(values.leaks.outcome(values.snapshot.coverage)) : kOk;
}

int show(const Options& options, const Invocation& invocation) {
    const Result<Suppressions> known = read_suppressions(options.suppressions);
    if (!known) return invocation.terminal.fail(known.error(), kUsage);
    const Asked asked{.filter = options.filter, .run = options.run, .ended = true, .capture = options.capture};
    Result<Tracked> looked = look_at(asked);
    if (!looked) return invocation.terminal.fail(looked.error(), kFailed);
    Snapshot& snapshot = looked->snapshot;
    // Who asks about all processes asks about those, too.
    if (!options.run && !options.filter.pid && snapshot.expired_ledgers != 0) snapshot.coverage.complete = false;
    const std::string filter = fmt::format("{}", fmt::join(filter_words(options.filter), " "));
    const BytesText bytes = invocation.terminal.look().bytes_text();
    uint64_t of_all = 0;
    if (!filter.empty()) {
        Asked all = asked;
        all.filter = {.pid = options.filter.pid, .all_incarnations = options.filter.all_incarnations};
        Snapshot unsettled = snapshot;
        const Result<LeakVerdict> verdict = verdict_of(all, unsettled, *known, bytes);
        if (!verdict) return invocation.terminal.fail(verdict.error(), kFailed);
        of_all = verdict->found();
    }
    Result<LeakVerdict> verdict = verdict_of(asked, snapshot, *known, bytes);
    if (!verdict) return invocation.terminal.fail(verdict.error(), kFailed);
    const uint64_t found = verdict->found();
    const LeaksValues values{snapshot, std::move(*verdict), filter, std::max(found, of_all) - found,
                             options.limit.value_or(invocation.terminal.json() ? 0 : kTextLimit)};
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
    list.parsed("--run", "ID", "Only this run and runs within it, by the run_id that `ttmem run` reports",
                [options](const std::string& text) {
                    options->run = parse_hex128(text);
                    return options->run ? "" : "`" + text + "` is not 32 hexadecimal digits";
                });
    add_suppressions_option(list, std::shared_ptr<std::vector<std::string>>(options, &options->suppressions));
    list.number("--limit", options->limit, "N",
                "Show at most this many per process; 0 for all (default: 50; all with --json)");
    list.flag("--fail-on-leak", options->fail_on_leak, "Exit with 10 if something was left, 12 if inconclusive");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace leaks_parts

Command leaks_command() {
    using namespace leaks_parts;
    return {.name = "leaks",
            .summary = "list what leaked, and what ended processes still held, by operation and class",
            .examples =
                "  ttmem leaks                  all known processes, running and ended\n"
                "  ttmem leaks --pid 4711       one process\n"
                "  ttmem leaks run.ttmem        the processes of a capture\n"
                "  ttmem leaks --fail-on-leak   as a gate: exit code 10 if there are any\n",
            .details =
                "- leaked: outlived the iteration that made it, and is neither marked persistent nor a program's or\n"
                "  trace's own memory; or its program or trace is gone. Closing the device afterward does not undo\n"
                "  it. Class cb_plan means circular buffers of a program that is gone without giving them back;\n"
                "  they take no bytes. If a process records history and not all of it is there, only what each\n"
                "  iteration from the first on left is called leaked: other allocations may replace earlier ones.\n"
                "- leaked and freed later: allocations that piled up from iteration to iteration, as in a list that\n"
                "  a loop appends to, and were gone before anybody looked. History shows that, as in `ttmem\n"
                "  growth`; if history is missing, the answer says so, and --fail-on-leak exits with 12.\n"
                "- held_at_exit: live when its process ended, by whatever means, without closing its device\n"
                "\n"
                "What a close released is neither, and is summed up separately. ITERATIONS counts the iterations in\n"
                "which it happened. Bytes are summed over all chips, or, with --chip, of that chip.\n"
                "\n"
                "What is live, or was released by a close, is judged by the iterations that ended. In a program\n"
                "without iterations, it is judged by history: what was made again and again and kept to the end can\n"
                "be a leak, even in a list that was cleared when nearly all work was done; a fixed set, such as\n"
                "weights, is not a leak, and is counted. What nothing judges is \"not judged\": the answer says what\n"
                "and why (`judgement` in JSON), and --fail-on-leak exits with 12. The same happens if ledgers that\n"
                "were asked for have been removed; for a run (--run), it is known how many there were.\n"
                "\n"
                "Suppressions use LeakSanitizer's syntax: `*` matches anything, `^` and `$` anchor a pattern to the\n"
                "ends of a name. What they leave out is counted, but fails no gate. One is built in, once:^ttnn.:\n"
                "what operations of ttnn keep with programs that they compile; --suppressions none turns it off.\n",
            .add_options = add_options};
}

}  // namespace ttmem
