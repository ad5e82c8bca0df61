#include "src/views/text/buffers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/sums.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

Cell verdict_cell(const Snapshot& s, const Allocation& a) {
    const std::optional<Verdict> verdict = verdict_of(s, a);
    if (!verdict) return "live";
    return Cell(std::string(verdict_name(*verdict)), *verdict == Verdict::kLeaked ? Tone::kBad : Tone::kPlain);
}

std::vector<Cell> row_of(const Snapshot& s, const Allocation& a, const ChipNames& names, const Users& users,
                         bool shows_verdict, const Look& look) {
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
            shows_verdict ? verdict_cell(s, a) : Cell(""),
            a.since != 0 ? age_text(s.generated_at, a.since) : "-"};
}

// How many of them lived no more: only an answer about a capture's end has such.
std::string standing_words(const BuffersValues& values) {
    std::array<size_t, 3> counts{};
    for (const uint32_t i : values.selection) {
        ++counts[static_cast<size_t>(standing_of(values.snapshot, values.snapshot.allocations[i]))];
    }
    const size_t released = counts[static_cast<size_t>(Standing::kReleased)];
    const size_t held = counts[static_cast<size_t>(Standing::kHeld)];
    if (released + held == 0) return "";
    const size_t live = values.selection.size() - released - held;
    std::string text = live == 0 ? "; none is live any more" : "; live: " + with_commas(live);
    if (released != 0) text += ", released when their device was closed: " + with_commas(released);
    if (held != 0) text += ", held when their process ended: " + with_commas(held);
    return text;
}

std::string total_line(const BuffersValues& values, const Look& look) {
    const Sum sum = total(values.snapshot, values.selection, values.over);
    std::string text = sum_text(sum, values.snapshot.coverage.misses_live(), look) +
                       (values.over == Over::kOneChip ? ", on this chip" : ", on all their chips together") +
                       standing_words(values) + "\n";
    const size_t hidden = values.selection.size() - values.shown();
    if (hidden != 0) text += fmt::format("not shown: {} more (--limit 0 shows all)\n", with_commas(hidden));
    return text;
}

// Of what is shown; of all of it the note under the table tells.
std::string overlap_line(const BuffersValues& values, const Look& look) {
    if (told_overlaps(values.snapshot.coverage) != nullptr) return "";
    const std::optional<std::string> sentence = overlap_sentence(values.snapshot, values.selection);
    return sentence ? look.paint(Tone::kWarning, "Note:") + " " + *sentence + "\n" : "";
}

}  // namespace

std::string buffers_text(const BuffersValues& values, const Look& look) {
    const Snapshot& s = values.snapshot;
    if (s.processes.empty()) return nothing_tracked_text(values.untracked, s.coverage, look, values.moment);
    if (values.selection.empty()) {
        const std::string what = values.moment.empty() ? "No live allocation" : "No allocation";
        return wrapped(what + (s.coverage.misses_live() ? " that was recorded matches" : " matches") +
                           moment_words(values.moment) + "." +
                           (values.other_moment.empty() ? "" : " " + values.other_moment) + "\n",
                       look) +
               coverage_lines(s, look);
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
                 {.title = "LINE", .only_if_used = true, .may_shorten = true, .is_line = true},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true, .spare = 2},
                 {.title = "PROGRAM", .only_if_used = true, .may_shorten = true, .spare = 5},
                 {.title = "VERDICT", .only_if_used = true, .spare = 2},
                 {.title = "AGE", .align = Align::kRight, .spare = 3}});
    const bool shows_verdict = std::any_of(values.selection.begin(), values.selection.end(), [&](uint32_t i) {
        return standing_of(s, s.allocations[i]) != Standing::kLive;
    });
    const ChipNames names(s);
    const Users users(s);
    for (size_t i = 0; i < values.shown(); ++i) {
        table.add(row_of(s, s.allocations[values.selection[i]], names, users, shows_verdict, look));
    }
    const std::string moment = moment_line(values.moment, values.other_moment, look);
    return moment + table.render(look) + wrapped(total_line(values, look) + overlap_line(values, look), look) +
           coverage_lines(s, look);
}

}  // namespace ttmem
