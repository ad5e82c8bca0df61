#include "src/views/text/failures.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "src/base/duration.h"
#include "src/base/text.h"
#include "src/model/process_command.h"
#include "src/views/text/process_rows.h"
#include "src/views/tui/content.h"

namespace ttmem::tui {
namespace {

struct Failures {
    const Snapshot& snapshot;
    Look look;
    ExplainedFailures all;
    std::vector<size_t> rows;  // of `all`
    bool is_now = false;
    WallTime zero = 0, step = 0;  // of a capture: what times count from, and how fine they are told; 0: by the clock

    const ExplainedFailure& at(size_t row) const { return all.failures[rows[row]]; }
    const Process& process(const ExplainedFailure& f) const { return snapshot.processes[f.recorded->process.value]; }
    const Failure& recorded(const ExplainedFailure& f) const { return process(f).failures[f.recorded->failure]; }
};

// Of a capture as --at takes it, else by the clock, as a log has it: an age says little when it is old.
std::string when_text(const Failures& of, WallTime at) {
    if (at == 0) return "-";
    if (of.zero != 0 && at > of.zero)
        return exact_duration(shortest_time_in(at - of.zero, at - of.zero + std::max<WallTime>(1, of.step)));
    const std::string text = rfc3339(at);
    const bool is_today = text.substr(0, 10) == rfc3339(of.snapshot.generated_at).substr(0, 10);
    return is_today ? text.substr(11, 8) : text.substr(5, 5) + " " + text.substr(11, 5);
}

std::vector<Text> row_of(const Failures& of, const ExplainedFailure& f) {
    const Process& process = of.process(f);
    const Failure& recorded = of.recorded(f);
    const Snapshot& s = of.snapshot;
    return {when_text(of, recorded.at),
            pid_text(process),
            name_cell(command_of(process)),
            Text(std::string(failure_kind_name(recorded.kind)), {.ink = Ink::kBad}),
            std::string(pool_name(recorded.pool)),
            of.look.bytes(recorded.requested_bytes),
            recorded.op != 0 ? name_cell(s.texts[recorded.op]) : "-",
            printable(f.explanation.verdict)};
}

std::vector<std::string> detail_of(const Failures& of, size_t row) {
    ExplainedFailures one;
    one.failures.push_back(of.at(row));
    std::vector<std::string> lines;
    const WallTime at = of.recorded(of.at(row)).at;
    if (of.is_now && at != 0)
        lines.push_back(
            fmt::format("{} UTC, {} ago", rfc3339(at).substr(0, 19), age_text(of.snapshot.generated_at, at)));
    lines.push_back(failures_text(one, &of.snapshot, of.is_now, of.look));
    return lines;
}

}  // namespace

Content failures(const TopValues& values, const State& state) {
    Content content;
    const Snapshot& s = values.with_ended != nullptr ? *values.with_ended : values.snapshot;
    const auto of =
        std::make_shared<Failures>(Failures{s, look_of(state), recorded_failures(s), {}, values.source.empty()});
    if (!of->is_now && values.history != nullptr && values.history->timeline.by_time) {
        const Timeline& timeline = values.history->timeline;
        of->zero = timeline.zero, of->step = (timeline.to - timeline.from) / 1000;
    }
    for (size_t i = 0; i < of->all.failures.size(); ++i) {
        const ExplainedFailure& f = of->all.failures[i];
        const Failure& recorded = of->recorded(f);
        if (state.pool && recorded.pool != *state.pool) continue;
        if (lets_through(state.filter, {std::to_string(of->process(f).pid), of->process(f).comm, s.texts[recorded.op],
                                        std::string(failure_kind_name(recorded.kind)), f.explanation.verdict}))
            of->rows.push_back(i);
    }
    if (state.here().reversed) std::ranges::reverse(of->rows);
    TableContent& table = content.table;
    table.columns = {{.title = "WHEN", .right = true},
                     {.title = "PID", .right = true},
                     {.title = "COMMAND", .may_shorten = true, .spare = 2},
                     {.title = "KIND"},
                     {.title = "POOL"},
                     {.title = "REQUESTED", .right = true},
                     {.title = "OP", .may_shorten = true, .spare = 1},
                     {.title = "VERDICT", .may_shorten = true, .spare = 3}};
    table.rows = of->rows.size();
    table.row = [of](size_t i) { return row_of(*of, of->at(i)); };
    table.key = [](size_t i) { return static_cast<uint64_t>(i) + 1; };
    table.detail = [of](size_t i) { return detail_of(*of, i); };
    table.sorts = {"the newest first"};
    uint64_t failed = 0;
    for (const Process& process : s.processes) failed += process.failed_allocations;
    table.none = failed == 0 ? "" : "No failure matches, or their figures were not kept.";
    if (!of->all.failures.empty()) content.verdict = failures_verdict(of->all);
    if (content.verdict.empty())
        content.verdict = failed == 0 ? "No allocation has failed." : counted(failed, "failed allocation");
    if (failed != 0) content.verdict_ink = Ink::kBad;
    return content;
}

}  // namespace ttmem::tui
