#include "src/views/text/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/model/process_command.h"
#include "src/views/text/accumulated.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/leaks_remarks.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/sums.h"
#include "src/views/text/suppressed.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

const char* over_text(Over over) { return over == Over::kOneChip ? "on this chip" : "on all its chips together"; }

std::string heading(const Process& process, const Users& users, const LeftBy& left, Over over, const Look& look) {
    std::string text =
        fmt::format("Process {} ({}){} ", process.pid, name_cell(command_of(process)), users.in_words(process));
    text += process.state == ProcessState::kLive     ? "runs and has leaked "
            : process.state == ProcessState::kKilled ? "ended without cleanup (killed, or by _exit) and left "
                                                     : "exited and left ";
    const Sum& sum = left.sum;
    if (sum.allocations != 0) {
        text += sum_text(sum, may_lack(process, Verdict::kLeaked), look) + ", " + over_text(over);
    }
    if (left.plans.empty()) return text + "\n";
    return text + fmt::format("{}the circular buffers of {}\n", sum.allocations != 0 ? "; and " : "",
                              counted(left.plans.size(), "program"));
}

std::vector<Cell> row_of(const Snapshot& s, const Share& share, const ChipNames& names, const Look& look) {
    const Owner& o = share.owner;
    const Process& process = s.processes[o.process.value];
    const bool leaked = o.verdict == Verdict::kLeaked;
    const bool is_bound = may_lack(process, o.verdict.value_or(Verdict::kLeaked));
    const std::string iterations = share.iterations == 0 ? "-"
                                                         : fmt::format("{} of {}", with_commas(share.iterations),
                                                                       with_commas(process.iterations_begun));
    return {Cell(std::string(o.verdict ? verdict_name(*o.verdict) : "-"), leaked ? Tone::kBad : Tone::kPlain),
            o.op != 0 ? name_cell(s.texts[o.op]) : "-",
            name_cell(frame_words(s, o.line)),
            std::string(class_name(o.allocation_class)),
            name_cell(s.texts[o.tag], 32),
            o.holder_ended ? "destroyed" : name_cell(o.program != 0 ? s.programs[o.program - 1].name : "", 32),
            std::string(pool_name(o.pool)),
            names.list(s.places[o.place.value].chips, process),
            iterations,
            look.at_least(is_bound, with_commas(share.sum.allocations)),
            bound_bytes(share.sum.requested_bytes, is_bound, look),
            bound_bytes(share.sum.reserved_bytes, is_bound, look)};
}

// They take no bytes: nobody dispatches them any more.
std::vector<Cell> row_of(const Snapshot& s, const LeftBehind& plan, const ChipNames& names) {
    const Program& program = s.programs[plan.program];
    return {Cell(std::string(verdict_name(Verdict::kLeaked)), Tone::kBad),
            program.op != 0 ? name_cell(s.texts[program.op]) : "-",
            "",
            "cb_plan",
            name_cell(s.texts[program.tag], 32),
            name_cell(program.name.empty() ? program_text(program) : program.name, 32),
            std::string(pool_name(Pool::kL1)),
            names.list(s.places[program.cbs[plan.cbs].place.value].chips, s.processes[program.process.value]),
            "-",
            "-",
            "0 B",
            "0 B"};
}

std::string left_text(const Snapshot& s, const LeftBy& left, const LeaksValues& values, const ChipNames& names,
                      const Look& look) {
    Table table({{"VERDICT"},
                 {.title = "OP", .may_shorten = true},
                 {.title = "LINE", .only_if_used = true, .may_shorten = true, .is_line = true},
                 {.title = "CLASS", .spare = 3},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true, .spare = 1},
                 {.title = "PROGRAM", .only_if_used = true, .may_shorten = true, .spare = 4},
                 {"POOL"},
                 {.title = "CHIPS", .may_shorten = true},
                 {.title = "ITERATIONS", .align = Align::kRight, .only_if_used = true, .spare = 2},
                 {"ALLOCATIONS", Align::kRight},
                 {.title = "REQUESTED", .align = Align::kRight, .spare = 5},
                 {"RESERVED", Align::kRight}});
    const size_t rows = values.limit == 0 ? SIZE_MAX : values.limit, owners = std::min(rows, left.owners.size()),
                 plans = std::min(rows - owners, left.plans.size());
    for (size_t i = 0; i < owners; ++i) table.add(row_of(s, left.owners[i], names, look));
    for (size_t i = 0; i < plans; ++i) table.add(row_of(s, left.plans[i], names));
    const size_t hidden = left.owners.size() - owners + left.plans.size() - plans;
    const std::string more =
        hidden == 0 ? "" : fmt::format("not shown: {} more (--limit 0 shows all)\n", with_commas(hidden));
    const std::string remarks = leaks_remarks(left.once, left.sum, look);
    return wrapped(heading(s.processes[left.process.value], Users(s), left, values.leaks.over, look), look) +
           table.render(look) + more + wrapped(remarks, look) + "\n";
}

std::string verdict_line(const LeaksValues& values) {
    const Snapshot& s = values.snapshot;
    const size_t processes = s.processes.size();
    const std::string seen = counted(processes, "process", "processes");
    if (!values.leaks.left.empty()) return fmt::format("{} of {} left something.\n", values.leaks.left.size(), seen);
    const auto running = static_cast<size_t>(std::count_if(
        s.processes.begin(), s.processes.end(), [](const Process& p) { return p.state == ProcessState::kLive; }));
    std::string of = ": " + seen + " seen";
    if (running != 0) of += running == processes ? ", running" : fmt::format(", {} of them running", running);
    of += ".\n";
    if (values.leaks.leaked()) return "What leaked from iteration to iteration was freed later" + of;
    if (!values.filter.empty()) {
        const std::string text = "Nothing that fits `" + printable(values.filter) + "` is known to have leaked";
        if (values.left_out == 0) return text + ", and nothing else" + of;
        return text + fmt::format(", but {} that {} not fit leaked or {} held{}",
                                  counted(values.left_out, "allocation"), values.left_out == 1 ? "does" : "do",
                                  values.left_out == 1 ? "was" : "were", of);
    }
    if (!s.coverage.complete) return "Of what was recorded nothing leaked, but not everything was seen" + of;
    if (!values.leaks.judgement.complete()) return "Inconclusive, though nothing is known to have leaked" + of;
    if (!values.leaks.suppressed.empty()) return "Of all that is not suppressed, nothing leaked" + of;
    if (running == processes) return "Nothing has leaked" + of;
    return fmt::format("Nothing leaked, and none {}held device memory at its end{}", running != 0 ? "that ended " : "",
                       of);
}

}  // namespace

std::string leaks_text(const LeaksValues& values, const Look& look) {
    const Snapshot& s = values.snapshot;
    if (s.processes.empty()) {
        return nothing_text("No process has left a ledger here, so there is nothing to judge.", s.coverage, look);
    }
    const ChipNames names(s);
    std::string text;
    for (const LeftBy& left : values.leaks.left) text += left_text(s, left, values, names, look);
    // The first line is about what leaked, if anything did.
    const std::string accumulated =
        values.leaks.accumulated ? accumulated_lines(*values.leaks.accumulated, look, values.leaks.over) : "";
    std::string below =
        values.leaks.left.empty() ? accumulated + verdict_line(values) : verdict_line(values) + accumulated;
    if (values.leaks.leaked() && values.left_out != 0) {
        below += fmt::format("Left out: {} that `{}` does not fit.\n", counted(values.left_out, "allocation"),
                             printable(values.filter));
    }
    below += suppressed_line(values.leaks.suppressed, values.leaks.over, look);
    below += not_judged_lines(values.leaks.judgement, look);
    std::string kept = kept_line(values.leaks.judgement.kept, look);
    if (!kept.empty()) kept[0] = 'K';
    below += kept + open_line(values.leaks.judgement.open, look);
    const VerdictSum& released = values.leaks.verdicts.released_by_close;
    if (released.bytes != 0) {
        below +=
            fmt::format("Released by closing a device, or by the program's end, not counted above: {} requested, {}.\n",
                        bound_bytes(released.bytes, released.is_bound, look),
                        values.leaks.over == Over::kOneChip ? "on this chip" : "on all chips together");
    }
    return text + wrapped(below, look) + coverage_lines(s, look);
}

}  // namespace ttmem
