#include "src/apps/commands.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "src/apps/options/asked_moment.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/options/form_options.h"
#include "src/apps/sources/newest_failure.h"
#include "src/apps/sources/recordings.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/collector/collector.h"
#include "src/daemon/allocation_server_socket.h"
#include "src/importers/source.h"
#include "src/views/json/allocation_server.h"
#include "src/views/json/explain.h"
#include "src/views/json/failures.h"
#include "src/views/json/last_failure.h"
#include "src/views/text/allocation_server.h"
#include "src/views/text/explain.h"
#include "src/views/text/failures.h"
#include "src/views/text/last_failure.h"

namespace ttmem {
namespace explain_parts {

struct Options {
    Filter filter;
    DeviceAddress address;
    std::string file;       // "" when it is an address
    bool recorded = false;  // what processes recorded
    bool failures = false;  // --failures: the same, said by an option
    bool last = false;      // the last that failed, with what lay where then
    bool ascii = false;
    bool has_subject = false;
    std::string compared;  // with this file; "" with none
    std::string capture;   // that the answer is from; "" from the processes of this machine
    std::string in;        // the same, named beside an address or an option
    AskedMoment moment;    // its `at`
};

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Asked asked{.filter = options.filter, .ended = true, .capture = options.capture, .judged = true};
    const std::string& at = options.moment.at;
    const auto tells = [](const Snapshot&) { return true; };
    const Result<Tracked> looked = at.empty() ? look_at(asked) : look_at_moment(asked, at, tells, true);
    if (!looked) return terminal.fail(looked.error(), kFailed);
    const Snapshot& snapshot = looked->snapshot;
    if (const auto unknown_process = unknown(asked, snapshot); unknown_process && !terminal.json()) {
        return terminal.fail(*unknown_process, kNothingTracked);
    }
    const bool is_now = at.empty() && options.capture.empty();
    const std::optional<AllocationServerState> server =
        options.filter.pid || !is_now ? std::nullopt : ask_allocation_server();
    const bool told = server && !registrants_at(*server, options.address.value).empty();
    if (snapshot.processes.empty() && !told && !terminal.json()) {
        return terminal.fail(
            unless_unread(snapshot.coverage,
                          {"no process is known that could own an address",
                           "neither a running nor an ended process has a ledger here", "ttmem doctor"}),
            code_of(snapshot));
    }
    const Explanation explanation = explain(snapshot, options.address, options.filter);
    const auto as_text = [&] {
        std::string text;
        if (!snapshot.processes.empty()) {
            text = explain_text(snapshot, explanation, terminal.look(), at.empty() ? "" : looked->moment);
        }
        return text + registrants_text(server, options.address.value, terminal.look());
    };
    const auto as_json = [&] {
        Json json = explain_json(snapshot, explanation);
        json["allocation_server"] = registrants_json(server, options.address.value);
        return json;
    };
    return terminal.answer(as_text, as_json, told ? kOk : code_of(snapshot));
}

// The messages of a source, and the errors that a captured graph or a report has in fields of its own. `coverage` gets
// what of the source could not be read.
Result<FailureScan> failures_in(const std::string& path, std::string& name, Coverage& coverage) {
    Result<ForeignSource> source = ForeignSource::open(path);
    if (!source) return source.error();
    name = source->name();
    if (source->kind() == SourceKind::kTtnnReport) {
        Result<SourceContent> content = import_source(*source);
        if (!content) return content.error();
        FailureScan scan = std::move(content->scan);
        if (content->use) scan = std::move(content->use->failures);
        if (!scan.failures.empty()) return scan;
    }
    if (source->kind() == SourceKind::kTtnnReport || source->kind() == SourceKind::kShmRegion) {
        return Error{source->name() + " has no failed allocation", "", "ttmem show " + source->path()};
    }
    Result<FailureScan> scan = scan_failures(source->take_text(), source->name());
    for (const std::string& loss : source->losses()) coverage.note(loss);
    if (!scan || !scan->failures.empty()) return scan;
    return Error{
        source->name() + " has no message about a failed allocation",
        (source->losses().empty() ? "" : source->losses().front() + " ") + "its " + std::to_string(scan->bytes_read) +
            " bytes have none of the messages that tt-metal prints then. A log whose level prints no errors has "
            "none, either (TT_LOGGER_LEVEL, TTMLIR_RUNTIME_LOGGER_LEVEL)",
        "give it the whole log or the exception's text; ttmem show shows what else may be in it"};
}

// The failures that a text tells of. What is live now has a place only where it fits.
int show_failures(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    ExplainFailuresValues values;
    Result<FailureScan> scan = failures_in(options.file, values.source, values.coverage);
    if (!scan) return terminal.fail(scan.error(), kFailed);
    const auto system = real_system();
    const Snapshot snapshot = collect(*system, {.pid = options.filter.pid, .run = {}, .live = true, .dead = false});
    values.generated_at = snapshot.generated_at;
    values.snapshot = snapshot.processes.empty() ? nullptr : &snapshot;
    values.is_now = true;
    values.shown = explained_failures(std::move(scan).value(), values.snapshot);
    return terminal.answer([&] { return explain_failures_text(values, terminal.look()); },
                           [&] { return explain_failures_json(values); });
}

int compare(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    CompareFailuresValues values;
    Result<FailureScan> a = failures_in(options.compared, values.source_a, values.coverage);
    if (!a) return terminal.fail(a.error(), kFailed);
    Result<FailureScan> b = failures_in(options.file, values.source_b, values.coverage);
    if (!b) return terminal.fail(b.error(), kFailed);
    values.generated_at =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    values.a = explained_failures(std::move(a).value(), nullptr);
    values.b = explained_failures(std::move(b).value(), nullptr);
    values.compared = compare_failures(values.a, values.b);
    return terminal.answer([&] { return compare_failures_text(values, terminal.look()); },
                           [&] { return compare_failures_json(values); });
}

// The failures that processes recorded when they happened. What others hold is told as it is now.
int show_recorded(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Asked asked{.filter = options.filter, .ended = true, .capture = options.capture};
    const Result<Tracked> looked = look_at(asked);
    if (!looked) return terminal.fail(looked.error(), kFailed);
    const Snapshot& snapshot = looked->snapshot;
    if (const auto unknown_process = unknown(asked, snapshot); unknown_process && !terminal.json()) {
        return terminal.fail(*unknown_process, kNothingTracked);
    }
    if (snapshot.processes.empty() && !terminal.json()) {
        return terminal.fail(
            unless_unread(snapshot.coverage,
                          {"no known process could have recorded a failure",
                           "neither a running nor an ended process has a ledger here", "ttmem doctor"}),
            code_of(snapshot));
    }
    ExplainFailuresValues values;
    values.generated_at = snapshot.generated_at;
    values.source = counted(snapshot.processes.size(), "tracked process", "tracked processes");
    values.snapshot = &snapshot;
    values.shown = recorded_failures(snapshot);
    values.is_now = options.capture.empty();
    values.coverage = snapshot.coverage;
    return terminal.answer([&] { return explain_failures_text(values, terminal.look()); },
                           [&] { return explain_failures_json(values); }, code_of(snapshot));
}

// That nothing failed, where it was looked. `unseen`: why something may have failed all the same; "" nothing can.
Error no_failure(const AskedRecording& asked, const FailedProcesses& looked, const std::string& unseen) {
    const std::string next = asked.file.empty() ? "ttmem doctor" : "ttmem info " + asked.file;
    const std::string in_file = asked.file.empty() ? "" : " in " + asked.file;
    if (!unseen.empty()) return {"no allocation is known to have failed" + in_file, unseen, next};
    if (!asked.file.empty()) return {"no allocation failed" + in_file, "", next};
    if (looked.failed.size() > 1) {
        return {"none of the " + std::to_string(looked.failed.size()) +
                    " processes in which an allocation failed has it in its history",
                "of a process only the latest history is kept, and none with TTMEM_LEVEL=counts",
                "ttmem explain --failures has what they kept beside their history"};
    }
    const std::optional<uint32_t> pid = looked.failed.empty() ? asked.filter.pid : looked.failed.front().pid;
    if (pid) {
        return {"the history of process " + std::to_string(*pid) + " has no allocation that failed",
                "of a process only the latest history is kept, and none with TTMEM_LEVEL=counts",
                "ttmem explain --failures --pid " + std::to_string(*pid) + " has what it kept beside its history"};
    }
    if (looked.processes == 0)
        return {"no known process could have recorded a failure",
                "neither a running nor an ended process has a ledger here", "ttmem doctor"};
    return {"no allocation has failed in " + counted(looked.processes, "process", "processes"),
            "looked at: " + std::to_string(looked.running) + " running, " +
                std::to_string(looked.processes - looked.running) + " ended, as far as their ledgers are still here",
            "ttmem ps --dead lists them; ttmem explain --last CAPTURE asks a capture"};
}

// The last allocation that failed, with the state of that moment, which the history has.
int show_last(const Options& options, const Invocation& invocation) {
    constexpr size_t kOwners = 5;
    const Terminal& terminal = invocation.terminal;
    AskedRecording asked;
    asked.file = options.capture;
    asked.filter.pid = options.filter.pid;
    FailedProcesses looked;
    const bool of_all = asked.file.empty() && !asked.filter.pid;
    if (of_all) {
        Result<FailedProcesses> found = processes_that_failed();
        if (!found) return terminal.fail(found.error(), kFailed);
        looked = std::move(*found);
    }
    const Result<ToldFailure> told = of_all ? newest_told(looked) : told_of(asked, source_name(asked));
    if (!told) return terminal.fail(told.error(), asked.file.empty() ? kNothingTracked : kFailed);
    if (!told->failure) {
        Coverage coverage = told->recording->end.coverage;
        coverage.merge(looked.coverage);
        const bool nothing_read = told->recording->end.processes.empty() && looked.processes == 0 && coverage.unread;
        std::string unseen = asked.file.empty() ? "" : why_not_whole(*told->recording);
        if (asked.file.empty() && !coverage.complete)
            unseen = coverage.notes.empty() ? "not everything could be read" : coverage.notes.front();
        return terminal.fail(nothing_read ? unless_unread(coverage, {}) : no_failure(asked, looked, unseen),
                             nothing_read || !unseen.empty() ? kInconclusive : kNothingTracked);
    }
    const LastFailureValues values{*told->failure, told->source, terminal.json() ? 0 : kOwners};
    const bool ascii = form_of({.form = {}, .ascii = options.ascii}) == ChartForm::kAscii;
    return terminal.answer([&] { return last_failure_text(values, ascii, terminal.look()); },
                           [&] { return last_failure_json(values); });
}

// 1073737728, 0x3ffff000, or 1,073,737,728 as texts have it.
std::optional<uint64_t> parse_address(const std::string& text) {
    std::string digits = text;
    std::erase(digits, ',');
    const std::optional<uint64_t> number = parse_number(digits);
    return number && (digits == text || with_commas(*number) == text) ? number : std::nullopt;
}

bool is_source(const std::string& text) { return text == "-" || ::access(text.c_str(), F_OK) == 0; }

// Fills `options` with what is to be explained; returns what is wrong with the text. A file whose name is a number is
// given with its folder: ./1000.
std::string parse_subject(const std::string& text, Options& options) {
    if (const std::optional<uint64_t> address = parse_address(text)) {
        options.address = DeviceAddress{*address};
    } else if (is_capture_file(text)) {
        options.capture = text;
        options.recorded = true;
    } else if (is_source(text)) {
        options.file = text;
    } else if (text == "failures") {
        options.recorded = true;
    } else {
        return "`" + text + "` is neither an address (1073737728, 0x3ffff000) nor an existing file";
    }
    options.has_subject = true;
    return "";
}

// Options of which one would be ignored.
std::optional<Error> contradiction(const Options& options) {
    const bool address = options.has_subject && options.file.empty() && !options.recorded;
    const std::string next = "ttmem explain --help";
    if (options.last && options.failures)
        return Error{"--last is about one failure, --failures about all", "", "ask for one of them"};
    if (options.last && (address || !options.file.empty()))
        return Error{"--last explains what processes or a capture recorded", "an address or another file is given",
                     next};
    if (!options.moment.at.empty() && !address)
        return Error{"--at is about an address", "failures have moments of their own", next};
    if (options.failures && options.has_subject && !options.recorded)
        return Error{"--failures explains what processes or a capture recorded", "an address or another file is given",
                     next};
    if (!options.in.empty() && options.has_subject && !address)
        return Error{"one file at a time, and a capture beside an address only",
                     "a file is explained from what is in it", "cat FILE FILE | ttmem explain -"};
    if (!options.compared.empty() && (options.last || options.failures))
        return Error{"--compare is about two files", "--last and --failures are about what was recorded", next};
    const std::vector<std::string> words = filter_words(options.filter);
    if (!words.empty() && options.has_subject + options.last + options.failures != 0 && !address)
        return Error{words.front() + " chooses among allocations at an address", "none is given", next};
    return std::nullopt;
}

int run_explain(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (const auto error = contradiction(options)) return terminal.fail(*error, kUsage);
    if (!options.compared.empty()) {
        if (!options.capture.empty() || is_capture_file(options.compared)) {
            return terminal.fail({"--compare reads logs and messages, and one of these is a capture",
                                  "a capture has what was allocated, not the texts of failures",
                                  "ttmem diff compares two captures; ttmem explain CAPTURE explains its failures"},
                                 kUsage);
        }
        if (options.file.empty()) {
            return terminal.fail({"--compare needs two files", "", "ttmem explain --compare A B"}, kUsage);
        }
        return compare(options, invocation);
    }
    if (options.last) return show_last(options, invocation);
    if (options.recorded || options.failures) return show_recorded(options, invocation);
    if (!options.has_subject) {
        return terminal.fail(
            {"there is nothing to explain", "", "ttmem explain ADDRESS, ADDRESS CAPTURE, FILE, or --failures"}, kUsage);
    }
    return options.file.empty() ? show(options, invocation) : show_failures(options, invocation);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.parsed("ADDRESS?", "or FILE",
                "Offset in a bank, decimal (with or without commas) or 0x...; or a file with messages about failed "
                "allocations, - for standard input (a file named 1000 is ./1000)",
                [options](const std::string& text) { return parse_subject(text, *options); });
    list.flag("--failures", options->failures, "Explain the failed allocations that processes recorded themselves");
    list.flag("--last", options->last,
              "Explain the last failed allocation: who held what, and what lay where, at that moment");
    list.flag("--ascii", options->ascii, "Draw in ASCII only (default: only if the locale is not UTF-8)");
    list.text("CAPTURE?", options->in, "FILE",
              "With an address: capture to look it up in (default: the processes of this machine)");
    add_moment_option(list, std::shared_ptr<AskedMoment>(options, &options->moment));
    list.text("--in", options->in, "CAPTURE", "Same as the CAPTURE argument");
    list.text("--compare", options->compared, "FILE",
              "Compare the failures in this file with those in the other: is sharding in effect?");
    add_filter_options(list, std::shared_ptr<Filter>(options, &options->filter));
    return [options](const Invocation& invocation) {
        if (options->capture.empty()) options->capture = options->in;
        return run_explain(*options, invocation);
    };
}

}  // namespace explain_parts

Command explain_command() {
    using namespace explain_parts;
    return {
        .name = "explain",
        .summary = "explain who owns an address, or why an allocation failed",
        .examples =
            "  ttmem explain 1073737728\n"
            "  ttmem explain 0x3ffff000 --pool dram --chip 0\n"
            "  ttmem explain 0x3ffff000 run.ttmem             who owned it at the end of a capture\n"
            "  ttmem explain 756,480 run.ttmem --at failure   who owned it when an allocation failed\n"
            "  ttmem explain 0x20000 --json | jq -r '.matches[].story[]'\n"
            "  ttmem explain --failures --pid 4711            what a process could not allocate, and what would help\n"
            "  ttmem explain --last run.ttmem                 the last failure, and the state at that moment\n"
            "  ttmem explain run.log                          the same for the messages in a log\n"
            "  ttmem explain --compare 1chip.log 4chips.log   is the same request smaller on more chips?\n",
        .details =
            "An address is an offset inside a bank, the same in every bank and on every chip of a mesh, so it\n"
            "can belong to several allocations: one per pool and process. Ended processes count, too. If it\n"
            "belongs to none, the answer names the live blocks on either side, and the exit code is 0.\n"
            "\n"
            "In a file, tt-metal's messages about failed allocations are found however they are wrapped, cut\n"
            "off or colored, in text, UTF-16, UTF-32, gzip, xz, zstd and zip. The first line says what is wrong\n"
            "and what to do. The holders of the space are reported only if what is live now matches the\n"
            "message; of the filters, only --pid applies to them.\n"
            "\n"
            "--last by itself takes the newest failure in any history, of all processes, running or ended.\n",
        .add_options = add_options};
}

}  // namespace ttmem
