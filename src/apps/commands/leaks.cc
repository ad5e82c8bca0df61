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
    list.parsed("--run", "ID", "Only this run and runs within it: the run_id that `ttmem run` reports",
                [options](const std::string& text) {
                    options->run = parse_hex128(text);
                    return options->run ? "" : "`" + text + "` is not 32 hexadecimal digits";
                });
    add_suppressions_option(list, std::shared_ptr<std::vector<std::string>>(options, &options->suppressions));
    list.number("--limit", options->limit, "N",
                "Show this many of each process; 0 for all (default: 50; all with --json)");
    list.flag("--fail-on-leak", options->fail_on_leak, "Exit with 10 if something was left, with 12 if inconclusive");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace leaks_parts

Command leaks_command() {
    using namespace leaks_parts;
    return {
        .name = "leaks",
        .summary = "what leaked, and what ended processes still held, by operation and class",
        .examples =
            "  ttmem leaks                     of all known processes, running and ended\n"
            "  ttmem leaks --pid 4711          of one process\n"
            "  ttmem leaks run.ttmem           of those in a capture\n"
            "  ttmem leaks --fail-on-leak      as a gate: exit code 10 if there are any\n",
        .details =
            "leaked: outlived the iteration that made it, and is neither marked persistent nor a program's or trace's\n"
            "own memory; or its program or trace is gone. Closing the device afterward does not undo it. Class\n"
            "cb_plan: circular buffers whose program went without giving them back; they take no bytes.\n"
            "leaked and freed later: allocations piled up from iteration to iteration, as in a list that a loop\n"
            "appends to, and were gone before anybody looked. History tells that, as `ttmem growth` shows it; where\n"
            "history is missing the answer says so, and --fail-on-leak ends with 12.\n"
            "held_at_exit: live when its process ended, by whatever means, without closing its device. What a close\n"
            "released is neither, and is summed up separately. ITERATIONS: in how many of them it happened. Bytes\n"
            "are summed over all chips; with --chip they are of that chip.\n"
            "What a close released, or lives, is judged by iterations that ended; in a program without iterations\n"
            "by its history: what was made again and again and kept to the end, also in a list that was cleared\n"
            "when nearly all work was done, may be a leak, and a fixed set, as weights, is none and is counted.\n"
            "What nothing judges is not judged: the answer says what and why (`judgement` in JSON), and\n"
            "--fail-on-leak ends with 12. So it does where ledgers that were asked for have been removed: of a run "
            "(--run) it is\n"
            "known how many there were.\n"
            "Suppressions are written as LeakSanitizer's: `*` stands for anything, `^` and `$` tie a pattern to the\n"
            "ends of a name. What they leave out is counted, and fails no gate. One is built in, once:^ttnn.: what\n"
            "operations of ttnn keep with programs that they compile; --suppressions none turns it off.\n",
        .add_options = add_options};
}

}  // namespace ttmem
