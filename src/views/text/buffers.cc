#include "src/views/text/buffers.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/attribution.h"
#include "src/analysis/overlaps.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/sums.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::vector<Cell> row_of(const Snapshot& s, const Allocation& a, const ChipNames& names, const Users& users,
                         const Look& look) {
    const std::string program = a.program != 0 ? s.programs[a.program - 1].name : "";
    return {pid_text(s.process_of(a)),
            users.of(s.process_of(a)),
            names.list(s.place_of(a).chips, s.process_of(a)),
            std::string(pool_name(a.pool)),
            hex64(a.address.value),
            look.bytes(a.requested_bytes),
            look.bytes(a.reserved_bytes()),
            std::string(class_name(a.allocation_class)),
            a.op != 0 ? name_cell(s.texts[a.op]) : "-",
            name_cell(line_of(s, a.stack)),
            name_cell(s.texts[a.tag], 32),
            name_cell(program, 32),
            a.since != 0 ? age_text(s.generated_at, a.since) : "-"};
}

std::string total_line(const BuffersValues& values, const Look& look) {
    const Sum sum = total(values.snapshot, values.selection, values.over);
    std::string text = sum_text(sum, values.snapshot.coverage.misses_live(), look) +
                       (values.over == Over::kOneChip ? ", on this chip\n" : ", on all their chips together\n");
    const size_t hidden = values.selection.size() - values.shown();
    if (hidden != 0) text += fmt::format("not shown: {} more (--limit 0 shows all)\n", with_commas(hidden));
    return text;
}

std::string who(const Process& process, const Users& users) {
    return fmt::format("process {} ({}){}", pid_text(process), name_cell(process.comm), users.in_words(process));
}

// Blocks of one process: it missed a free. Of several, each has an allocator of its own for the same memory.
std::string overlap_line(const BuffersValues& values, const ChipNames& names, const Look& look) {
    const Snapshot& s = values.snapshot;
    const std::vector<Overlap> found = overlaps(s, values.selection);
    if (found.empty()) return "";
    const auto between_processes = [&](const Overlap& overlap) {
        return s.allocations[overlap.allocation].process != s.allocations[overlap.inside].process;
    };
    const auto shared = std::find_if(found.begin(), found.end(), between_processes);
    const Overlap& told = shared != found.end() ? *shared : found.front();
    const Allocation &a = s.allocations[told.allocation], &inside = s.allocations[told.inside];
    std::string text =
        fmt::format(" {} inside another ({} at {} in {} of chip{} {})",
                    counted(found.size(), "allocation begins", "allocations begin"),
                    found.size() == 1 ? "that" : "one of them", hex64(a.address.value), pool_name(a.pool),
                    s.place_of(a).chips.size() == 1 ? "" : "s", names.list(s.place_of(a).chips, s.process_of(a)));
    if (shared == found.end()) {
        text += ": a free was missed, or two allocators share a pool\n";
    } else {
        const Users users(s);
        text += fmt::format(": {} and {} use the same chips at once\n", who(s.process_of(a), users),
                            who(s.process_of(inside), users));
    }
    return look.paint(Tone::kWarning, "Overlap:") + text;
}

}  // namespace

std::string buffers_text(const BuffersValues& values, const Look& look) {
    const Snapshot& s = values.snapshot;
    if (s.processes.empty()) return nothing_tracked_text(values.untracked, look) + coverage_lines(s.coverage, look);
    if (values.selection.empty()) {
        return std::string(s.coverage.misses_live() ? "No live allocation that was recorded fits.\n"
                                                    : "No live allocation fits.\n") +
               coverage_lines(s.coverage, look);
    }
    Table table({{"PID", Align::kRight},
                 {.title = "USER", .align = Align::kRight, .only_if_used = true},
                 {.title = "CHIPS", .may_shorten = true},
                 {"POOL"},
                 {"ADDRESS", Align::kRight},
                 {.title = "REQUESTED", .align = Align::kRight, .spare = 4},
                 {"RESERVED", Align::kRight},
                 {.title = "CLASS", .spare = 1},
                 {.title = "OP", .may_shorten = true},
                 {.title = "LINE", .only_if_used = true, .may_shorten = true},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true, .spare = 2},
                 {.title = "PROGRAM", .only_if_used = true, .may_shorten = true, .spare = 5},
                 {.title = "AGE", .align = Align::kRight, .spare = 3}});
    const ChipNames names(s);
    const Users users(s);
    for (size_t i = 0; i < values.shown(); ++i) {
        table.add(row_of(s, s.allocations[values.selection[i]], names, users, look));
    }
    return table.render(look) + wrapped(total_line(values, look) + overlap_line(values, names, look), look) +
           coverage_lines(s.coverage, look);
}

}  // namespace ttmem
