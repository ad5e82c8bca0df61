#include <csignal>
#include <ctime>

#include "src/apps/commands.h"
#include "src/apps/running/report_file.h"
#include "src/apps/sources/recordings.h"
#include "src/apps/sources/tracked.h"
#include "src/exports/openmetrics.h"

namespace ttmem {
namespace metrics_parts {

constexpr WallTime kNanoseconds = 1'000'000'000;

struct Options {
    std::string file;
    WallTime every = 0;  // 0: once
};

int64_t monotonic_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kNanoseconds + now.tv_nsec;
}

std::string metrics_now(HostTally& tally) {
    const int64_t begin = monotonic_nanoseconds();
    OccupancyTally occupancy;
    const EachAllocation each = [&](const Snapshot& snapshot, const Allocation& a) { occupancy.add(snapshot, a); };
    // Of those that have ended no allocation is asked for, and there may be many of them.
    const Result<Tracked> live = look_at({.each = each}), all = look_at({.ended = true, .allocations = false});
    if (!live || !all) return "";  // only captures can be unreadable
    tally.add(all->snapshot);
    HostMetrics metrics{live->snapshot,
                        all->snapshot,
                        occupancy.chips(live->snapshot),
                        live->untracked,
                        tally.sums(),
                        TTMEM_VERSION,
                        0};
    metrics.read_nanoseconds = monotonic_nanoseconds() - begin;
    return open_metrics(metrics);
}

// Whether it is time again; false when it is to end.
bool waited(const Options& options, const sigset_t& ends) {
    const timespec wait{options.every / kNanoseconds, options.every % kNanoseconds};
    return ::sigtimedwait(&ends, nullptr, &wait) < 0;
}

int run(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    HostTally tally;
    const bool to_stdout = options.file.empty() || is_stdout(options.file);
    if (terminal.json()) {
        return terminal.fail(
            {"metrics are text in the format of Prometheus, not JSON", "", "ttmem status --json has the figures"},
            kUsage);
    }
    if (to_stdout && options.every != 0) {
        return terminal.fail({"--every needs a file to write", "none is given", "add --textfile FILE"}, kUsage);
    }
    if (to_stdout) return terminal.answer(metrics_now(tally));
    // A file is either old or new when it ends, and nothing is left beside it.
    sigset_t ends;
    sigemptyset(&ends);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ends, signal);
    if (options.every != 0) ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    bool ever = false;
    do {
        const Result<void> written =
            write_file(options.file, Existing::kRenewed, metrics_now(tally), "metrics file", "--textfile", kOurMetrics);
        // Once more later where it went well before: the folder may be back by then. What is in the file then is old,
        // and says when it was made.
        if (!written && !ever) return terminal.fail(written.error(), kFailed);
        ever = true;
        if (!written) terminal.message("ttmem: " + written.error().what + ": " + written.error().why + "\n");
    } while (options.every != 0 && waited(options, ends));
    return kOk;
}

}  // namespace metrics_parts

Command metrics_command() {
    using namespace metrics_parts;
    return {.name = "metrics",
            .summary = "print the state of this host as metrics for Prometheus",
            .examples =
                "  ttmem metrics   look at it\n"
                "  ttmem metrics --textfile /var/lib/prometheus/node-exporter/ttmem.prom --every 15s\n",
            .details =
                "The format is OpenMetrics text, which node_exporter's textfile collector reads, too. The file is\n"
                "replaced by a rename, so nobody reads half of it.\n"
                "\n"
                "Per chip and pool: capacity = allocated + free + reserved bytes, requested bytes, the largest free\n"
                "block, and live allocations. Per host: processes, programs, failures, dead holders, and what is\n"
                "not tracked. With --every, counters go on when ledgers go away.\n"
                "\n"
                "Rules, alerts and a dashboard are in share/ttmem; docs/fleet.md explains how to use them.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto options = std::make_shared<Options>();
                list.text("--textfile", options->file, "FILE", "File to write (default: stdout)");
                list.parsed("--every", "TIME", "Write the file again at this interval (15s, 1m), until stopped",
                            [options](const std::string& text) {
                                const std::optional<WallTime> every = parse_duration(text);
                                options->every = every.value_or(0);
                                return every ? "" : not_one_of(text, "TIME");
                            });
                return [options](const Invocation& invocation) { return run(*options, invocation); };
            }};
}

}  // namespace ttmem
