
#include <fmt/format.h>

#include <memory>

#include "src/analysis/leaks/verdict.h"
#include "src/analysis/snapshot/story.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/accumulated.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/leaks_remarks.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/sums.h"
#include "src/views/text/suppressed.h"
#include "src/views/tui/chips.h"
#include "src/views/tui/content.h"

namespace ttmem::tui {
namespace {

// An owner's share of what was left, or a plan that was left behind.
struct LeakRow {
    const Share* share = nullptr;
    const LeftBehind* plan = nullptr;
};

struct Leaks {
    std::shared_ptr<Snapshot> settled;  // where nobody has judged this moment yet; else null
    const Snapshot& snapshot;
    Look look;
    ChipNames names;
    LeakVerdict verdict = {};
    std::vector<LeakRow> rows = {};
};

uint32_t process_of(const Leaks& of, const LeakRow& row) {
    return row.share != nullptr ? row.share->owner.process.value
                                : of.snapshot.programs[row.plan->program].process.value;
}

std::vector<Text> row_of(const Leaks& of, const LeakRow& row) {
    const Snapshot& s = of.snapshot;
    const Process& process = s.processes[process_of(of, row)];
    if (row.plan != nullptr) {
        const Program& program = s.programs[row.plan->program];
        return {pid_text(process),
                Text("leaked", {.ink = Ink::kLeaked, .bold = true}),
                program.op != 0 ? name_cell(s.texts[program.op]) : "-",
                "",
                "cb_plan",
                name_cell(s.texts[program.tag], 32),
                name_cell(program.name.empty() ? program_text(program) : program.name, 32),
                "l1",
                of.names.list(s.places[program.cbs[row.plan->cbs].place.value].chips, process),
                "-",
                "-",
                "0 B"};
    }
    const Owner& o = row.share->owner;
    const bool leaked = o.verdict == Verdict::kLeaked;
    const bool is_bound = may_lack(process, o.verdict.value_or(Verdict::kLeaked));
    return {pid_text(process),
            Text(std::string(o.verdict ? verdict_name(*o.verdict) : "-"),
                 {.ink = leaked ? Ink::kLeaked : Ink::kPlain, .bold = leaked}),
            o.op != 0 ? name_cell(s.texts[o.op]) : "-",
            o.line.file != 0 ? name_cell(frame_words(s, o.line)) : "",
            std::string(class_name(o.allocation_class)),
            name_cell(s.texts[o.tag], 32),
            o.holder_ended ? "destroyed" : name_cell(o.program != 0 ? s.programs[o.program - 1].name : "", 32),
            std::string(pool_name(o.pool)),
            of.names.list(s.places[o.place.value].chips, process),
            row.share->iterations == 0
                ? "-"
                : fmt::format("{} of {}", with_commas(row.share->iterations), with_commas(process.iterations_begun)),
            of.look.at_least(is_bound, with_commas(row.share->sum.allocations)),
            bound_bytes(row.share->sum.reserved_bytes, is_bound, of.look)};
}

std::vector<std::string> detail_of(const Leaks& of, const LeakRow& row) {
    constexpr size_t kMostStories = 20;
    const Snapshot& s = of.snapshot;
    const Process& process = s.processes[process_of(of, row)];
    std::vector<std::string> lines = {
        fmt::format("Process {} ({}), {}", pid_text(process), printable(process.comm), state_text(process))};
    if (row.plan != nullptr) {
        lines.push_back("  " + printable(program_text(s.programs[row.plan->program])) +
                        " is gone, and its circular buffers were never given back.");
        return lines;
    }
    const Owner& owner = row.share->owner;
    size_t shown = 0;
    for (const LeftBy& left : of.verdict.left) {
        for (const uint32_t i : left.allocations) {
            const std::vector<Share> one = by_owner_and_verdict(s, {i});
            if (one.empty() || one.front().owner != owner) continue;
            if (++shown > kMostStories) continue;
            lines.push_back("");
            for (const std::string& line : story_of(s, i, 0)) lines.push_back("  " + printable(line));
        }
    }
    if (shown > kMostStories) lines.push_back(fmt::format("  and {} more", with_commas(shown - kMostStories)));
    return lines;
}

void collect_rows(Leaks& of, const State& state) {
    for (const LeftBy& left : of.verdict.left) {
        const Process& process = of.snapshot.processes[left.process.value];
        const auto fits = [&](std::initializer_list<std::string> words) {
            std::vector<std::string> all = {std::to_string(process.pid), process.comm};
            all.insert(all.end(), words);
            return lets_through(state.filter, all);
        };
        for (const Share& share : left.owners) {
            const Owner& o = share.owner;
            if (fits({of.snapshot.texts[o.op], of.snapshot.texts[o.tag], std::string(pool_name(o.pool)),
                      std::string(o.verdict ? verdict_name(*o.verdict) : "")}))
                of.rows.push_back({&share, nullptr});
        }
        for (const LeftBehind& plan : left.plans) {
            if (fits({of.snapshot.programs[plan.program].name, "cb_plan", "leaked"}))
                of.rows.push_back({nullptr, &plan});
        }
    }
    if (state.here().reversed) std::ranges::reverse(of.rows);
}

// As `ttmem leaks` says it.
std::string verdict_text(const Leaks& of) {
    const Snapshot& s = of.snapshot;
    const LeakVerdict& verdict = of.verdict;
    const std::string seen = counted(s.processes.size(), "process", "processes");
    if (!verdict.left.empty()) return fmt::format("{} of {} left something", verdict.left.size(), seen);
    if (verdict.leaked()) return seen + " seen; what leaked from iteration to iteration was freed later";
    if (!s.coverage.complete) return seen + " seen; of what was recorded nothing leaked, but not everything was seen";
    if (!verdict.judgement.complete()) return seen + " seen; inconclusive: nothing is known to have leaked";
    if (!verdict.suppressed.empty()) return seen + " seen; nothing leaked but what is suppressed";
    return seen + " seen; nothing has leaked";
}

// What `filter` lets through of what was left.
void narrow(const Snapshot& s, const Filter& filter, std::vector<LeftBy>& left) {
    std::vector<bool> fits_it(s.allocations.size());
    for (const uint32_t i : select(s, filter)) fits_it[i] = true;
    for (LeftBy& by : left) {
        std::erase_if(by.allocations, [&](uint32_t i) { return !fits_it[i]; });
        std::erase_if(by.plans, [&](const LeftBehind& plan) {
            const Program& program = s.programs[plan.program];
            return !fits(s, program, program.cbs[plan.cbs], filter);
        });
        by.owners = by_owner_and_verdict(s, by.allocations, over_chips_of(filter));
    }
    std::erase_if(left, [](const LeftBy& by) { return by.allocations.empty() && by.plans.empty(); });
}

Leaks leaks_at(const TopValues& values, const Filter& filter, const Look& look) {
    const Snapshot& s = values.with_ended != nullptr ? *values.with_ended : values.snapshot;
    std::shared_ptr<Snapshot> settled;
    if (values.leaks == nullptr) settled = std::make_shared<Snapshot>(s);
    Leaks of{settled, settled != nullptr ? *settled : s, look, ChipNames(s)};
    of.verdict = settled != nullptr ? leak_verdict(*settled, std::nullopt) : *values.leaks;
    if (filter.pool || filter.chip) narrow(of.snapshot, filter, of.verdict.left);
    return of;
}

}  // namespace

Content leaks(const TopValues& values, const State& state) {
    Content content;
    if (values.with_ended == nullptr && !values.has_allocations) {
        content.verdict = "What was allocated at this moment was not read: only sums were.";
        content.table.none = "Go back to now (n), or look into a capture: ttmem record, ttmem top FILE.";
        return content;
    }
    Filter filter;
    filter.pool = state.pool;
    const std::vector<ChipUse> chosen = chosen_chips(values.snapshot, state);
    if (state.chip != 0 && chosen.size() == 1) filter.chip = ChipName{.id = chosen.front().chip.id};
    const auto of = std::make_shared<Leaks>(leaks_at(values, filter, look_of(state)));
    collect_rows(*of, state);
    const LeakVerdict& verdict = of->verdict;
    const bool accumulated = verdict.accumulated && !verdict.accumulated->empty();
    TableContent& table = content.table;
    table.columns = {{.title = "PID", .right = true},
                     {.title = "VERDICT"},
                     {.title = "OP", .may_shorten = true},
                     {.title = "LINE", .may_shorten = true, .only_if_used = true, .is_line = true},
                     {.title = "CLASS", .spare = 3},
                     {.title = "TAG", .may_shorten = true, .only_if_used = true, .spare = 1},
                     {.title = "PROGRAM", .may_shorten = true, .only_if_used = true, .spare = 4},
                     {.title = "POOL"},
                     {.title = "CHIPS", .may_shorten = true, .spare = 5},
                     {.title = "ITERATIONS", .right = true, .spare = 2},
                     {.title = "COUNT", .right = true, .spare = 1},
                     {.title = "RESERVED", .right = true}};
    table.rows = of->rows.size();
    table.row = [of](size_t i) { return row_of(*of, of->rows[i]); };
    table.key = [](size_t i) { return static_cast<uint64_t>(i) + 1; };
    table.detail = [of](size_t i) { return detail_of(*of, of->rows[i]); };
    table.sorts = {"process, then reserved"};
    table.none = !verdict.left.empty() ? "No row matches."
                 : accumulated         ? "Nothing of it is left."
                                       : "Nothing is known to have leaked.";
    content.verdict = verdict_text(*of);
    const bool is_of_end = values.with_ended != nullptr && values.moment + 1 != values.moments;
    if (is_of_end) content.verdict += ", by the end of the recording";
    const LeakOutcome outcome = verdict.outcome(of->snapshot.coverage);
    if (outcome == LeakOutcome::kLeaked) content.verdict_ink = Ink::kLeaked;
    if (outcome == LeakOutcome::kInconclusive) content.verdict_ink = Ink::kWarning;
    const auto add_below = [&](const std::string& text, Style style) {
        if (!text.empty()) content.below.emplace_back(text, style);
    };
    if (accumulated) add_below(accumulated_lines(*verdict.accumulated, of->look), {.ink = Ink::kLeaked});
    for (const std::string& sentence : verdict.judgement.not_judged)
        add_below("Not judged: " + printable(sentence), {.ink = Ink::kWarning});
    add_below(suppressed_line(verdict.suppressed, verdict.over, of->look), {});
    add_below(kept_line(verdict.judgement.kept, of->look), {});
    add_below(open_line(verdict.judgement.open, of->look), {});
    return content;
}

}  // namespace ttmem::tui
