#include "src/analysis/snapshot/programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "src/analysis/snapshot/chip_sums.h"
#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/program_rows.h"
#include "src/views/text/untracked.h"
#include "src/views/tui/chips.h"
#include "src/views/tui/content.h"

namespace ttmem::tui {
namespace {

const std::vector<std::string> kOrdersOfPrograms = {"max/core", "reserved", "resident", "age", "pid"};

// What a program has at one place; `cbs` none: it has no circular buffers.
struct ProgramRow {
    uint32_t program = 0;
    std::optional<uint32_t> cbs;
};

struct Programs {
    const Snapshot& snapshot;
    bool from_history;  // which does not tell what was resident
    Look look;
    ChipNames names;
    std::vector<ProgramRow> rows;

    const Program& program(const ProgramRow& row) const { return snapshot.programs[row.program]; }
    const ProgramCbs* cbs(const ProgramRow& row) const { return row.cbs ? &program(row).cbs[*row.cbs] : nullptr; }
};

std::string name_of(const Program& program) { return program.name.empty() ? program_text(program) : program.name; }

std::vector<ProgramRow> rows_of(const Snapshot& s, const ProgramFilter& filter, const std::string& words) {
    std::vector<ProgramRow> rows;
    for (const uint32_t i : select_programs(s, filter)) {
        const Program& program = s.programs[i];
        if (!lets_through(words, {name_of(program), s.texts[program.op], s.texts[program.tag],
                                  std::to_string(s.processes[program.process.value].pid)})) {
            continue;
        }
        if (program.cbs.empty()) rows.push_back({i, {}});
        for (uint32_t cbs = 0; cbs < program.cbs.size(); ++cbs) rows.push_back({i, cbs});
    }
    return rows;
}

void order(Programs& of, const ViewState& here) {
    const size_t by = std::min(here.sort, kOrdersOfPrograms.size() - 1);
    const auto figure = [&](const ProgramRow& row) -> uint64_t {
        const ProgramCbs* cbs = of.cbs(row);
        if (by == 3) return static_cast<uint64_t>(~of.program(row).created_at.value_or(0));
        if (by == 4) return UINT64_MAX - of.snapshot.processes[of.program(row).process.value].pid;
        if (cbs == nullptr) return 0;
        return by == 0 ? cbs->largest_core : by == 1 ? cbs->reserved_bytes : cbs->resident_bytes;
    };
    std::ranges::stable_sort(of.rows, [&](const ProgramRow& a, const ProgramRow& b) { return figure(a) > figure(b); });
    if (here.reversed) std::ranges::reverse(of.rows);
}

Text resident_of(const Programs& of, const ProgramCbs& cbs, size_t chips) {
    if (of.from_history) return Text("-", {.ink = Ink::kDim});
    return Text(resident_text(cbs, chips, of.look), {.ink = cbs.resident_bytes != 0 ? Ink::kBuffers : Ink::kDim});
}

std::vector<Text> row_of(const Programs& of, const ProgramRow& row) {
    const Snapshot& s = of.snapshot;
    const Program& program = of.program(row);
    const Process& process = s.processes[program.process.value];
    const std::string age = program.created_at ? age_text(s.generated_at, *program.created_at) : "-";
    const std::string op = program.op != 0 ? name_cell(s.texts[program.op]) : "";
    const ProgramCbs* cbs = of.cbs(row);
    if (cbs == nullptr) {
        return {pid_text(process),
                name_cell(name_of(program), 60),
                "-",
                "-",
                op,
                knows_cbs(process) ? "no circular buffers" : "not known",
                "",
                "",
                "",
                age};
    }
    const Place& place = s.places[cbs->place.value];
    const size_t chips = place.chips.size();
    const Ink ink = cbs->left_behind ? Ink::kLeaked : Ink::kPlain;
    return {pid_text(process),
            name_cell(name_of(program), 60),
            name_cell(place_text(place)),
            of.names.list(place.chips, process),
            op,
            Text(std::string(cbs->state_name()), {.ink = ink}),
            each_text(of.look.bytes(cbs->reserved_bytes), chips),
            resident_of(of, *cbs, chips),
            of.look.bytes(cbs->largest_core),
            age};
}

std::vector<std::string> detail_of(const Programs& of, const ProgramRow& row) {
    const Snapshot& s = of.snapshot;
    const Program& program = of.program(row);
    std::vector<std::string> lines = {"Program " + printable(name_of(program))};
    if (program.op != 0) lines.push_back("  made by " + name_cell(s.texts[program.op], 120));
    const ProgramCbs* cbs = of.cbs(row);
    if (cbs == nullptr) return lines;
    lines.push_back(fmt::format("  circular buffers {}: {} on the core that has the most, {} on a chip",
                                cbs->state_name(), of.look.bytes(cbs->largest_core),
                                of.look.bytes(cbs->reserved_bytes)));
    lines.push_back("");
    for (const CircularBuffer& buffer : cbs->plan.buffers) {
        lines.push_back(fmt::format("  {:<14} {:>12}  {:>10}  {}",
                                    fmt::format("{} {}", kind_title(buffer.kind), buffer.index),
                                    buffer.aliased ? "in a tensor" : hex64(buffer.address), of.look.bytes(buffer.bytes),
                                    counted(buffer.core_set().count(), "core") + ": " + core_ranges_text(buffer)));
    }
    return lines;
}

void add_traces(Content& content, const Programs& of, const ProgramFilter& filter) {
    const Snapshot& s = of.snapshot;
    for (const uint32_t i : select_traces(s, filter)) {
        const Trace& trace = s.traces[i];
        content.below.emplace_back(
            fmt::format("trace {} of process {}: {}, {}",
                        trace.name.empty() ? fmt::format("number {}", trace.number) : name_cell(trace.name, 40),
                        pid_text(s.processes[trace.process.value]),
                        of.from_history ? "captured" : counted(trace.plans, "plan"),
                        trace.released   ? "released by a close"
                        : trace.replayed ? "replayed"
                                         : "never replayed"),
            Style{.ink = Ink::kTrace});
    }
}

}  // namespace

Content programs(const TopValues& values, const State& state) {
    Content content;
    const bool from_history = !values.has_programs && values.layout != nullptr;
    const Snapshot& s = from_history ? *values.layout : values.snapshot;
    if (!values.has_programs && !from_history) {
        content.verdict = "The programs of this moment were not read.";
        content.table.none = "Go back to now (n), or look into a capture: ttmem record, ttmem top FILE.";
        return content;
    }
    ProgramFilter filter;
    const std::vector<ChipUse> chosen = chosen_chips(s, state);
    if (state.chip != 0 && chosen.size() == 1) filter.chip = ChipName{.id = chosen.front().chip.id};
    const auto of = std::make_shared<Programs>(
        Programs{s, from_history, look_of(state), ChipNames(s), rows_of(s, filter, state.filter)});
    order(*of, state.here());
    TableContent& table = content.table;
    table.columns = {{.title = "PID", .right = true},
                     {.title = "PROGRAM", .may_shorten = true},
                     {.title = "PLACE", .may_shorten = true, .spare = 4},
                     {.title = "CHIPS", .may_shorten = true, .spare = 1},
                     {.title = "OP", .may_shorten = true, .only_if_used = true, .spare = 5},
                     {.title = "CIRCULAR BUFFERS", .spare = 2},
                     {.title = "RESERVED", .right = true},
                     {.title = "RESIDENT", .right = true},
                     {.title = "MAX/CORE", .right = true},
                     {.title = "AGE", .right = true, .spare = 3}};
    table.rows = of->rows.size();
    table.row = [of](size_t i) { return row_of(*of, of->rows[i]); };
    table.key = [of](size_t i) {
        const ProgramRow& row = of->rows[i];
        return (of->program(row).handle * 31 + row.cbs.value_or(0)) | 1;
    };
    table.detail = [of](size_t i) { return detail_of(*of, of->rows[i]); };
    table.sorts = kOrdersOfPrograms;
    table.none = s.processes.empty() ? nothing_words("Nothing is tracked.", s.coverage) : "No program matches.";
    std::set<uint32_t> different;
    for (const ProgramRow& row : of->rows) different.insert(row.program);
    const auto left = std::ranges::count_if(
        of->rows, [&](const ProgramRow& row) { return of->cbs(row) != nullptr && of->cbs(row)->left_behind; });
    content.verdict = counted(different.size(), "program");
    if (const CbUse sum = sum_of_cbs(s.chips); !s.chips.empty() && state.chip == 0) {
        content.verdict += fmt::format("; circular buffers of all chips: {} reserved",
                                       of->look.at_least(sum.is_bound, of->look.bytes(sum.reserved_bytes)));
        if (!from_history) {
            content.verdict +=
                fmt::format(", {} resident", of->look.at_least(sum.is_bound, of->look.bytes(sum.resident_bytes)));
        }
    }
    if (left != 0) {
        content.verdict += fmt::format("; {} left behind", left);
        content.verdict_ink = Ink::kLeaked;
    }
    add_traces(content, *of, filter);
    return content;
}

}  // namespace ttmem::tui
