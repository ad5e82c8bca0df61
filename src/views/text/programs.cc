#include "src/views/text/programs.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/snapshot/programs.h"
#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/program_rows.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

Tone tone_of(const ProgramCbs& cbs) { return cbs.left_behind ? Tone::kBad : Tone::kPlain; }

void add_buffers(Table& table, const CbPlan& plan, const Look& look) {
    for (const CircularBuffer& buffer : plan.buffers) {
        const std::string where = buffer.aliased ? "in a tensor's memory" : hex64(buffer.address);
        const std::string cores = counted(buffer.core_set().count(), "core") + ": " + core_ranges_text(buffer);
        table.add({"", fmt::format("  {} {}", kind_title(buffer.kind), buffer.index), where, cores, "", "", "", "",
                   look.bytes(buffer.bytes), ""});
    }
}

void add_program(Table& table, const Program& program, const ChipNames& names, const ProgramsValues& values,
                 const Look& look) {
    const Snapshot& s = values.snapshot;
    const Process& process = s.processes[program.process.value];
    const std::string pid = pid_text(process);
    const std::string name = name_cell(program.name.empty() ? program_text(program) : program.name, 40);
    const std::string op = program.op != 0 ? name_cell(s.texts[program.op]) : "";
    const std::string age = program.created_at ? age_text(s.generated_at, *program.created_at) : "-";
    if (program.cbs.empty()) {
        table.add({pid, name, "-", "-", op, knows_cbs(process) ? "no circular buffers" : "not known", "", "", "", age});
    }
    bool first = true;
    for (const ProgramCbs& cbs : program.cbs) {
        const Place& place = s.places[cbs.place.value];
        const size_t chips = place.chips.size();
        table.add({first ? pid : "", first ? name : "", name_cell(place_text(place)), names.list(place.chips, process),
                   first ? op : "", Cell(std::string(cbs.state_name()), tone_of(cbs)),
                   each_text(look.bytes(cbs.reserved_bytes), chips),
                   values.from_history ? "-" : resident_text(cbs, chips, look), look.bytes(cbs.largest_core),
                   first ? age : ""});
        if (values.each_buffer) add_buffers(table, cbs.plan, look);
        first = false;
    }
}

std::string program_table(const ProgramsValues& values, const ChipNames& names, const Look& look) {
    Table table({{"PID", Align::kRight},
                 {.title = "PROGRAM", .may_shorten = true},
                 {.title = "PLACE", .may_shorten = true, .spare = values.each_buffer ? 0 : 4},
                 {.title = "CHIPS", .may_shorten = true, .spare = values.each_buffer ? 0 : 1},
                 {.title = "OP", .only_if_used = true, .may_shorten = true, .spare = 5},
                 {.title = "CIRCULAR BUFFERS", .spare = 2},
                 {"RESERVED", Align::kRight},
                 {"RESIDENT", Align::kRight},
                 {"MAX/CORE", Align::kRight},
                 {.title = "AGE", .align = Align::kRight, .spare = 3}});
    for (size_t i = 0; i < values.shown(); ++i) {
        add_program(table, values.snapshot.programs[values.programs[i]], names, values, look);
    }
    return table.render(look);
}

std::string trace_table(const ProgramsValues& values, const ChipNames& names, const Look& look) {
    if (values.traces.empty()) return "";
    const Snapshot& s = values.snapshot;
    Table table({{"PID", Align::kRight},
                 {.title = "TRACE", .may_shorten = true},
                 {.title = "PLACE", .may_shorten = true, .spare = 2},
                 {.title = "CHIPS", .may_shorten = true},
                 {.title = "PLANS", .align = Align::kRight, .spare = 1},
                 {"REPLAYED"},
                 {"AGE", Align::kRight}});
    for (const uint32_t i : values.traces) {
        const Trace& trace = s.traces[i];
        const Process& process = s.processes[trace.process.value];
        const Place& place = s.places[trace.place.value];
        table.add({pid_text(process),
                   trace.name.empty() ? fmt::format("number {}", trace.number) : name_cell(trace.name, 40),
                   name_cell(place_text(place)), names.list(place.chips, process),
                   values.from_history ? "-" : with_commas(trace.plans),
                   trace.released   ? "released_by_close"
                   : trace.replayed ? "yes"
                                    : "no",
                   trace.captured_at ? age_text(s.generated_at, *trace.captured_at) : "-"});
    }
    return "\n" + table.render(look);
}

// Where an operation has several: what one looks for in a cache that grows, and cannot see in a row for each.
std::string by_op_table(const ProgramsValues& values, const Look& look) {
    constexpr size_t kMostOps = 10;
    const Snapshot& s = values.snapshot;
    Table table({{"PID", Align::kRight},
                 {.title = "OP", .may_shorten = true},
                 {"PROGRAMS", Align::kRight},
                 {.title = "MADE IN ITERATIONS", .align = Align::kRight, .only_if_used = true}});
    size_t several = 0;
    for (const ProgramsOfOp& of : programs_by_op(s, values.programs)) {
        if (of.programs < 2 || ++several > kMostOps) continue;
        const Process& process = s.processes[of.process.value];
        table.add({pid_text(process), of.op != 0 ? name_cell(s.texts[of.op]) : "-", with_commas(of.programs),
                   of.iterations == 0
                       ? ""
                       : fmt::format("{} of {}", with_commas(of.iterations), with_commas(process.iterations_begun))});
    }
    if (several == 0) return "";
    std::string text = "\nOperations with several programs:\n" + table.render(look);
    if (several > kMostOps) text += fmt::format("not shown: {} more\n", with_commas(several - kMostOps));
    return text;
}

std::string totals_text(const ProgramsValues& values) {
    std::string text = fmt::format(
        "{}{}. RESERVED and RESIDENT are summed over the cores of a chip; \"each\" is one of several. Programs "
        "overlap, so their bytes have no sum: what they take of {}.{}\n",
        counted(values.programs.size(), "program"),
        values.traces.empty() ? "" : ", " + counted(values.traces.size(), "trace"),
        values.moment.empty() ? "a chip together is in ttmem status" : "a core together is in ttmem map",
        values.from_history ? " RESIDENT is known of now and of an end only." : "");
    const size_t hidden = values.programs.size() - values.shown();
    if (hidden != 0) text += fmt::format("not shown: {} more (--limit 0 shows all)\n", with_commas(hidden));
    return text;
}

}  // namespace

std::string programs_text(const ProgramsValues& values, const Look& look) {
    const Snapshot& s = values.snapshot;
    if (s.processes.empty()) return nothing_tracked_text(values.untracked, s.coverage, look, values.moment);
    if (values.programs.empty() && values.traces.empty()) {
        return wrapped("No program matches" + moment_words(values.moment) + "." +
                           (values.other_moment.empty() ? "" : " " + values.other_moment) + "\n",
                       look) +
               coverage_lines(s, look);
    }
    const ChipNames names(s);
    return moment_line(values.moment, values.other_moment, look) + program_table(values, names, look) +
           trace_table(values, names, look) + by_op_table(values, look) + "\n" + wrapped(totals_text(values), look) +
           coverage_lines(s, look);
}

}  // namespace ttmem
