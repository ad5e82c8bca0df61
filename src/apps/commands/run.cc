#include "src/apps/commands.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include "src/analysis/recording/narrowed_peaks.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/apps/options/suppressions_option.h"
#include "src/apps/running/failure_file.h"
#include "src/apps/running/followed_run.h"
#include "src/apps/running/mock_of_run.h"
#include "src/apps/running/outer_run.h"
#include "src/apps/running/report_file.h"
#include "src/apps/running/run_gate.h"
#include "src/apps/sources/leak_history.h"
#include "src/apps/sources/recordings.h"
#include "src/base/text.h"
#include "src/collector/combine.h"
#include "src/machine/descendants.h"
#include "src/machine/device_guard.h"
#include "src/machine/device_users.h"
#include "src/machine/mock_ends.h"
#include "src/machine/preload.h"
#include "src/views/json/run_report.h"
#include "src/views/text/run_report.h"

namespace ttmem {
namespace run_parts {

struct Options {
    std::string report;
    std::string capture;
    bool force = false;
    std::string iterations_by;
    bool fail_on_leak = false;
    std::vector<std::string> suppressions;
    bool quiet = false;
    bool stacks = false;
    bool no_preload = false;
    std::string mock;  // the machine; "" the real one
};

// What the library in the program reads when it is loaded. The user's own wishes stand.
std::map<std::string, std::string> environment_of_child(const FollowedRun& run, const Options& options,
                                                        const Preload& preload, const std::optional<MockOfRun>& mock) {
    std::map<std::string, std::string> environment;
    if (!options.no_preload) environment = preload_environment(preload, mock.has_value());
    if (mock) environment.merge(mock->environment());
    environment["TTMEM_RUN"] = hex128(run.id().value);
    environment["TTMEM_RUN_DIR"] = run.directory();
    if (options.stacks || std::getenv("TTMEM_LEVEL") == nullptr) {
        environment["TTMEM_LEVEL"] = options.stacks ? "stacks" : "events";
    }
    if (std::getenv("TTMEM_HISTORY_BYTES") == nullptr) environment["TTMEM_HISTORY_BYTES"] = "4194304";
    if (!options.iterations_by.empty()) environment["TTMEM_ITERATIONS_BY"] = options.iterations_by;
    return environment;
}

// Why no process has a ledger, the nearest reason first; "" when none has opened a device.
std::string why_nothing(const Options& options, const Preload& preload, bool told) {
    const char* level = std::getenv("TTMEM_LEVEL");
    if (level != nullptr && std::string_view(level) == "off") return "TTMEM_LEVEL=off is set; unset it";
    if (told) return "see the reason above";
    if (options.no_preload) return "with --no-preload only programs that are linked to libttmem are followed";
    if (!preload.problem.empty()) return "see the reason above";
    if (preload.library.empty())
        return "libttmem_preload.so is not installed beside ttmem, so only programs linked to libttmem are followed";
    return "";
}

constexpr const char* kNothingOpened =
    "no process of it has opened a device of tt-metal, or of any other runtime that is linked to libttmem";

// The report first, for whatever becomes of the rest; nobody who does not listen changes the exit code.
int tell(const RunValues& values, const Options& options, ReportFile& report, const Terminal& terminal) {
    Result<void> written;
    if (report.wanted()) written = report.write(run_json(values));
    accept_signals_again();
    if (!options.quiet && !terminal.json()) terminal.message(run_text(values, terminal.message_look()));
    if (!written) {
        const int code = values.exit_code == kOk ? kFailed : values.exit_code;
        terminal.fail(written.error(), code);
        return code;
    }
    if (terminal.json()) terminal.answer(run_json(values), values.exit_code);
    return values.exit_code;
}

// A program that died of a signal is seen by our parent to have done so.
int end_as(const ChildEnd& end, int exit_code) {
    if (end.signal != 0) die_of(end.signal);
    return exit_code;
}

// What an end without a report needs to know.
struct Last {
    ChildEnd end;
    int exit_code = kOk;
};
Last last;

// Memory may also be missing in a destructor, as that of a JSON document, from which nothing can be thrown. The end is
// the program's all the same.
[[noreturn]] void end_without_report() {
    constexpr std::string_view kSentence =
        "ttmem: not enough memory for the report: what the program left is not known\n";
    accept_signals_again();
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kSentence.data(), kSentence.size());
    ::_exit(end_as(last.end, last.exit_code));
}

int exit_code_without_report(const Options& options, const Terminal& terminal, const ChildEnd& end) {
    if (end.code != kOk) return end.code;
    if (options.fail_on_leak) return kInconclusive;
    return options.report.empty() && !terminal.json() ? kOk : kFailed;
}

std::optional<RecordedCapture> recorded(const std::optional<CaptureSession>& capture, const FollowedRun& followed) {
    if (!capture) return std::nullopt;
    RecordedCapture recorded{capture->path(), capture->bytes(), capture->events(), capture->lost(), ""};
    if (const std::optional<Error>& error = followed.capture_error()) {
        recorded.ended_early = error->what + ": " + error->why;
    }
    return recorded;
}

// Of a program that failed, why an allocation of it had failed: most programs end by that.
std::optional<LastFailure> failure_of(const FollowedRun& followed, const std::optional<CaptureSession>& capture,
                                      const Snapshot& snapshot) {
    const bool any = std::any_of(snapshot.processes.begin(), snapshot.processes.end(),
                                 [](const Process& process) { return process.failed_allocations != 0; });
    if (last.end.code == kOk || !any) return std::nullopt;
    const bool is_whole = capture && !followed.capture_error();
    return last_failure_of_run(followed.id().value, is_whole ? capture->path() : "");
}

struct Ended {
    pid_t child;
    std::optional<MockRun> mock;
    std::map<uint32_t, int> ends;  // of processes on a mock (MockFolder)
};

void note_what_is_not_installed(const Preload& preload, Snapshot& snapshot) {
    if (!preload.problem.empty())
        snapshot.coverage.note(preload.problem + ": only programs linked to libttmem are followed");
    const bool any = std::ranges::any_of(snapshot.processes, [](const Process& p) { return !p.runtime.empty(); });
    if (!preload.launcher_problem.empty() && any)
        snapshot.coverage.note(preload.launcher_problem + ": which operations of ttnn ran is not known");
}

// As `ttmem peak` of that capture tells it.
void narrow_to_history(const std::string& capture, std::vector<ChipUse>& chips) {
    if (!has_inexact_peak(chips)) return;
    const Result<Recording> recording = open_recording(capture);
    if (!recording) return;
    const Peaks peaks = peaks_of(*recording);
    if (was_read(*recording, capture)) narrow_peaks(peaks, chips);
}

// Requires: the program has ended. The exit code.
int conclude(FollowedRun& followed, Ended& ended, const Options& options, const Suppressions& known,
             const Preload& preload, ReportFile& report, const std::optional<CaptureSession>& capture,
             const Invocation& invocation) {
    const pid_t child = ended.child;
    Snapshot snapshot = followed.final_snapshot(child);
    // What ledgers have overwritten it has.
    if (capture && !followed.capture_error()) snapshot.coverage.events_lost = capture->coverage().events_lost;
    note_overlaps(snapshot);
    if (!options.no_preload) note_what_is_not_installed(preload, snapshot);
    if (ended.mock) ended.mock->failed = failed_processes(snapshot, ended.ends, static_cast<uint32_t>(child));
    // Who ends by _exit leaves what a killed process leaves; of the program itself we know.
    for (Process& process : snapshot.processes) {
        const bool ours = process.pid == static_cast<uint32_t>(child) && process.state == ProcessState::kKilled;
        if (!ours || last.end.signal != 0) continue;
        process.state = ProcessState::kExited;
        process.last_sign_at = 0;  // it did not say when
    }
    std::vector<ChipUse> chips = combine_chips(snapshot, Which::kAll, snapshot.coverage);
    if (capture && !followed.capture_error()) narrow_to_history(capture->path(), chips);
    LeakVerdict leaks = verdict_of_run(followed, capture, snapshot, known, options.fail_on_leak,
                                       invocation.terminal.message_look().bytes_text());
    const bool is_gate = options.fail_on_leak && last.end.code == kOk;
    const int exit_code = is_gate ? code_of(leaks.outcome(snapshot.coverage)) : last.end.code;
    if (exit_code != kOk) last.exit_code = exit_code;
    const auto gone = static_cast<size_t>(std::ranges::count_if(leaks.left, [&](const LeftBy& by_process) {
        return ::access(snapshot.processes[by_process.process.value].ledger_path.c_str(), F_OK) != 0;
    }));
    std::optional<LastFailure> failure = failure_of(followed, capture, snapshot);
    // A capture has it for good, and what nobody tells of no one would find.
    const bool is_wanted = options.capture.empty() && (!options.quiet || invocation.terminal.json());
    const std::string failure_file = failure && is_wanted ? keep_in_file(*failure, "this run", child) : "";
    const std::string why = why_nothing(options, preload, followed.tells_why());
    const RunValues values{invocation.program,
                           hex128(followed.id().value),
                           last.end.code,
                           last.end.signal,
                           exit_code,
                           followed.started_at(),
                           snapshot,
                           std::move(chips),
                           std::move(leaks),
                           living_descendants_after(std::chrono::seconds(ended.mock ? 1 : 0)),  // a verdict hangs on it
                           iterations_by(snapshot),
                           options.capture.empty() ? std::nullopt : recorded(capture, followed),
                           gone,
                           why.empty() ? kNothingOpened : why,
                           why.empty() && options.mock.empty() && !find_untracked({}).device_nodes,
                           std::move(ended.mock),
                           std::move(failure),
                           failure_file};
    return tell(values, options, report, invocation.terminal);
}

// What is not kOk has been told.
int open_capture_of(const Options& options, const System& system, const Terminal& terminal,
                    std::optional<CaptureSession>& capture) {
    if (options.capture.empty() && !options.fail_on_leak) return kOk;
    if (options.capture.empty()) {
        Result<CaptureSession> opened = CaptureSession::open_nameless(system);
        if (opened) capture = std::move(*opened);  // else the rings tell, as far as they go
        return kOk;
    }
    const Result<std::string> name = capture_name(options.capture, static_cast<uint32_t>(::getpid()), system.now());
    if (!name) return terminal.fail(name.error(), kUsage);
    Result<CaptureSession> opened = CaptureSession::open(*name, options.force, system);
    if (!opened) return terminal.fail(opened.error(), kFailed);
    capture = std::move(*opened);
    return kOk;
}

int run(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (invocation.program.empty()) {
        return terminal.fail(
            {"no program to run was given", "it goes after `--`", "ttmem run -- PROGRAM [ARGUMENTS...]"}, kUsage);
    }
    const Result<Suppressions> known = read_suppressions(options.suppressions);
    if (!known) return terminal.fail(known.error(), kUsage);
    ReportFile report;
    if (!options.report.empty()) {
        Result<ReportFile> prepared =
            ReportFile::prepare(options.report, Existing::kRenewed, "report", "--report", kOurReport);
        if (!prepared) return terminal.fail(prepared.error(), kFailed);
        report = std::move(*prepared);
    }

    const auto system = real_system();
    const Preload preload = find_preload();
    std::optional<MockOfRun> mock;
    if (!options.mock.empty()) {
        int code = kOk;
        Result<MockOfRun> made = MockOfRun::make(options.mock, preload, options.no_preload, code);
        if (!made) return terminal.fail(made.error(), code);
        mock.emplace(std::move(*made));
    }
    std::optional<CaptureSession> capture;
    if (const int code = open_capture_of(options, *system, terminal, capture); code != kOk) return code;
    FollowedRun followed(*system, outer_run(), mock.has_value());
    if (capture) followed.record_into(*capture);
    int cannot_start = kFailed;
    Result<ChildProcess> child = ChildProcess::start(
        invocation.program, environment_of_child(followed, options, preload, mock), cannot_start, [&] {
            if (mock) keep_away_from_devices();  // what it cannot keep away, the preloaded library does
        });
    if (!child) {
        accept_signals_again();
        if (!options.capture.empty()) ::unlink(capture->path().c_str());  // it is ours, and empty
        terminal.fail(child.error(), cannot_start);
        return cannot_start;
    }
    std::set_new_handler(nullptr);  // from here on the program's end is waited for, whatever is missing
    last.end = followed.follow(*child);
    last.exit_code = exit_code_without_report(options, terminal, last.end);
    Ended ended{child->pid(), std::nullopt, {}};
    if (mock) ended.mock = mock->told(), ended.ends = mock->ends();
    mock.reset();  // its folder goes, before anything can end us as well
    std::set_terminate(end_without_report);
    try {
        return end_as(last.end, conclude(followed, ended, options, *known, preload, report, capture, invocation));
    } catch (const std::bad_alloc&) {
        end_without_report();
    }
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.text("--report", options->report, "FILE", "Write the report, a JSON document, to this file");
    list.text("-o,--output", options->capture, "FILE",
              "Capture to record everything in: %p is the pid of this ttmem, %h this machine, %t the time");
    list.flag("--force", options->force, "Replace the capture if it exists");
    list.flag("--fail-on-leak", options->fail_on_leak,
              "If the program ended with 0, exit with 10 if something was left, 12 if inconclusive");
    add_suppressions_option(list, std::shared_ptr<std::vector<std::string>>(options, &options->suppressions));
    list.parsed("--iterations-by", "OPNAME", "Operation that begins each iteration, for a program that marks none",
                [options](const std::string& name) {
                    options->iterations_by = name;
                    return !name.empty() && name.size() < 256 ? "" : "the name of an operation has 1 to 255 bytes";
                });
    list.flag("--stacks", options->stacks, "Record which lines of Python made each allocation (TTMEM_LEVEL=stacks)");
    list.flag("--no-preload", options->no_preload,
              "Set neither LD_PRELOAD nor PYTHONPATH: follow only programs linked to libttmem");
    list.text("--mock", options->mock, "MACHINE",
              "Run on tt-metal's mock of this machine: its name (`ttmem machines`), or its cluster descriptor");
    list.flag("-q,--quiet", options->quiet, "Print no summary at the end");
    return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace run_parts

Command run_command() {
    using namespace run_parts;
    return {.name = "run",
            .summary = "run a program, follow everything it records, and report what it left",
            .examples =
                "  ttmem run -- python3 model.py\n"
                "  ttmem run --fail-on-leak -- pytest tests/       as a gate in CI\n"
                "  ttmem run --fail-on-leak --suppressions tt-metal --suppressions known.supp -- pytest tests/\n"
                "  ttmem run --report run.json -- ./demo --layers 4\n"
                "  ttmem run -o run-%t.ttmem -- python3 model.py   and record everything it does\n"
                "  ttmem run --stacks -- python3 model.py          and report which lines made what it left\n"
                "  ttmem run --iterations-by ttnn.embedding -- python3 generate.py\n"
                "  ttmem run --mock T3000 -- python3 model.py      without hardware\n",
            .details =
                "The program gets ttmem's stdin, stdout and stderr. Signals are passed on to it, ttmem stops when\n"
                "it stops, and ttmem ends as it does: with the same exit code, or by the same signal. The summary\n"
                "goes to stderr after the program has ended; a report is complete before that. With --json, the\n"
                "report also goes to stdout, after the program's own output.\n"
                "\n"
                "If the program fails after an allocation failed, the summary says why, and who held what then. A\n"
                "file in $TMPDIR has all of it, with the core or the banks as a picture (as `ttmem explain --last`\n"
                "shows it).\n"
                "\n"
                "An unmodified tt-metal or ttnn is followed through LD_PRELOAD and PYTHONPATH, placed before what\n"
                "you have set: libttmem_preload.so (`ttmem preload-path`) and the names of operations. These do\n"
                "nothing in programs that do not load tt-metal; set-user-id programs ignore them, and --no-preload\n"
                "leaves them out. Runtimes that are linked to libttmem are always followed. All of them read\n"
                "TTMEM_RUN and TTMEM_RUN_DIR, and TTMEM_LEVEL=events and TTMEM_HISTORY_BYTES=4194304 unless you have\n"
                "set these. All descendants are followed as well, including what another `ttmem run` among them\n"
                "starts. Those that are still running when the program has ended are listed and left alone. One\n"
                "with another TTMEM_DIR is not followed: the report is incomplete, and names it.\n"
                "\n"
                "A leak is what outlives the iteration that made it. Programs mark iterations through the API; for\n"
                "others, --iterations-by names the operation that begins each step, as `ttmem buffers` shows it.\n"
                "What was made before the first of them counts as setup, and the last step, which does not end, is\n"
                "judged by those before it. Closing a device releases what is left on it, leak or not. What no\n"
                "ended iteration can judge is not judged: --fail-on-leak exits with 12, and says what and why. What\n"
                "grew in iteration after iteration is a leak even if it was freed in the end: with --fail-on-leak\n"
                "or -o, history shows it (`ttmem growth`). A program that leaves nothing before it closes its\n"
                "devices needs no iterations.\n"
                "\n"
                "With --mock, the program runs on tt-metal's own mock of a machine: its allocator and programs are\n"
                "the real ones, but nothing is computed. What it caches, logs and generates goes to a folder of\n"
                "this run, which is removed afterward. A process that opens a device anyway is ended with 125. If\n"
                "ttnn's wheel needs a RISC-V compiler and none is installed, a stand-in serves for this run.\n"
                "Results, and what dispatch and fabric take, are not known on a mock; kernel binaries count as 2\n"
                "KiB for each program.\n"
                "\n"
                "Programs in containers are followed only through a shared directory on tmpfs that TTMEM_DIR names\n"
                "both inside and outside, and with TTMEM_RUN passed in; `ttmem doctor` says how.\n",
            .add_options = add_options,
            .takes_program = true};
}

}  // namespace ttmem
