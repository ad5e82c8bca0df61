#include "src/views/text/leaks.h"

#include <fmt/format.h>

#include "src/base/text.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

std::string heading(const Process& process, const Sum& sum, const Look& look) {
    const char* end = process.state == ProcessState::kKilled ? "was killed" : "exited";
    return fmt::format("Process {} ({}) {} and held {}: {} requested, {} reserved, on all its chips together\n",
                       process.pid, name_cell(process.comm), end, counted(sum.allocations, "allocation"),
                       look.bytes(sum.requested_bytes), look.bytes(sum.reserved_bytes));
}

std::vector<Cell> row_of(const Snapshot& s, const Share& share, const ChipNames& names, const Look& look) {
    const Owner& o = share.owner;
    const Process& process = s.processes[o.process.value];
    const bool leaked = o.verdict == Verdict::kLeaked;
    const std::string iterations = share.iterations == 0 ? "-"
                                                         : fmt::format("{} of {}", with_commas(share.iterations),
                                                                       with_commas(process.iterations_begun));
    return {Cell(std::string(o.verdict ? verdict_name(*o.verdict) : "-"), leaked ? Tone::kBad : Tone::kPlain),
            o.op != 0 ? name_cell(s.texts[o.op]) : "-",
            std::string(class_name(o.allocation_class)),
            name_cell(s.texts[o.tag], 32),
            name_cell(o.program != 0 ? s.programs[o.program - 1].name : "", 32),
            std::string(pool_name(o.pool)),
            names.list(s.places[o.place.value].chips, process),
            iterations,
            with_commas(share.sum.allocations),
            look.bytes(share.sum.requested_bytes),
            look.bytes(share.sum.reserved_bytes)};
}

std::string held_text(const Snapshot& s, const HeldBy& held, const ChipNames& names, const Look& look) {
    Table table({{"VERDICT"},
                 {"OP"},
                 {"CLASS"},
                 {"TAG", Align::kLeft, true},
                 {"PROGRAM", Align::kLeft, true},
                 {"POOL"},
                 {"CHIPS"},
                 {"ITERATIONS", Align::kRight, true},
                 {"ALLOCATIONS", Align::kRight},
                 {"REQUESTED", Align::kRight},
                 {"RESERVED", Align::kRight}});
    for (const Share& share : held.owners) table.add(row_of(s, share, names, look));
    return heading(s.processes[held.process.value], held.sum, look) + table.render(look) + "\n";
}

}  // namespace

std::string leaks_text(const LeaksValues& values, const Look& look) {
    const Snapshot& s = values.snapshot;
    if (s.processes.empty()) {
        return "No ended process has left a ledger here, so there is nothing to judge.\n" +
               coverage_lines(s.coverage, look);
    }
    const ChipNames names(s);
    std::string text;
    for (const HeldBy& held : values.held) text += held_text(s, held, names, look);
    if (values.held.empty()) {
        text = fmt::format("{} seen; none held device memory at its end.\n",
                           counted(s.processes.size(), "ended process", "ended processes"));
    } else {
        text += fmt::format("{} of {} that ended held memory. Nobody holds it any more.\n", values.held.size(),
                            counted(s.processes.size(), "process", "processes"));
    }
    if (values.verdicts.released_by_close.value_or(0) != 0) {
        text += fmt::format("Released by closing a device, not counted above: {} requested.\n",
                            look.bytes(values.verdicts.released_by_close));
    }
    return text + coverage_lines(s.coverage, look);
}

Json leaks_json(const LeaksValues& values) {
    Json json = document("leaks", values.snapshot.generated_at, values.snapshot.coverage);
    json["items"] = held_items_json(values.snapshot, values.held);
    json["verdicts"] = verdicts_json(values.verdicts);
    return json;
}

}  // namespace ttmem
