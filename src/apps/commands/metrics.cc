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
    if (terminal.json()) {
        return terminal.fail(
            {"metrics are text, whose form Prometheus sets", "", "ttmem status --json has the figures"}, kUsage);
    }
    if (options.file.empty() && options.every != 0) {
        return terminal.fail({"--every writes a file again and again", "none is given", "add --textfile FILE"}, kUsage);
    }
    if (options.file.empty()) return terminal.answer(metrics_now(tally));
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
    return {
        .name = "metrics",
        .summary = "how this host stands, for Prometheus",
        .examples =
            "  ttmem metrics                    look at it\n"
            "  ttmem metrics --textfile /var/lib/prometheus/node-exporter/ttmem.prom --every 15s\n",
        .details =
            "OpenMetrics text, which node_exporter's textfile collector reads, too. The file is replaced by a rename,\n"
            "so that no one reads half of it. Per chip and pool: capacity = allocated + free + reserved bytes, what\n"
            "was requested, the largest free block and live allocations; per host: processes, programs, failures,\n"
            "dead holders, and what is not tracked. With --every counters go on where ledgers go away. Rules,\n"
            "alerts and a dashboard are in share/ttmem; docs/fleet.md says how to use them.\n",
        .add_options = [](OptionList& list) -> Run {
            const auto options = std::make_shared<Options>();
            list.text("--textfile", options->file, "FILE", "Write to this file (default: stdout)");
            list.parsed("--every", "TIME", "Write it again and again, so often (15s, 1m), until it is stopped",
                        [options](const std::string& text) {
                            const std::optional<WallTime> every = parse_duration(text);
                            options->every = every.value_or(0);
                            return every ? "" : not_one_of(text, "TIME");
                        });
            return [options](const Invocation& invocation) { return run(*options, invocation); };
        }};
}

}  // namespace ttmem
