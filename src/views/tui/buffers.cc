#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/model/process_command.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/sums.h"
#include "src/views/text/untracked.h"
#include "src/views/tui/chips.h"
#include "src/views/tui/content.h"
#include "src/views/tui/symbols.h"

namespace ttmem::tui {
namespace {

enum class Grouping : uint8_t { kOwner, kOp, kLine, kTag, kClass, kProcess, kNone };
const std::vector<std::string> kGroupings = {"owner", "op", "line", "tag", "class", "process", "allocation"};
const std::vector<std::string> kOrdersOfAll = {"reserved", "requested", "age", "address", "op", "pid"};
const std::vector<std::string> kOrdersOfGroups = {"reserved", "requested", "allocations", "op", "pid"};
constexpr size_t kShareBar = 12;

// Allocations added up by some of what is known of them.
struct Group {
    std::optional<uint32_t> process;
    uint32_t op = 0, tag = 0, program = 0;
    StackFrame line;  // no file: not known
    std::optional<Pool> pool;
    std::optional<AllocationClass> allocation_class;
    std::optional<uint32_t> place;
    bool holder_ended = false, leaked = false;
    auto identity() const {
        return std::make_tuple(process, op, line, tag, program, pool, allocation_class, place, holder_ended, leaked);
    }
    Sum sum;
};

struct Buffers {
    const TopValues& values;
    Look look;
    ChipNames names;
    Users users;
    Selection selection;
    std::vector<Group> groups;
    Sum sum;
};

Filter filter_of(const TopValues& values, const State& state) {
    Filter filter;
    filter.pool = state.pool;
    const std::vector<ChipUse> chosen = chosen_chips(values.snapshot, state);
    if (state.chip != 0 && chosen.size() == 1) filter.chip = ChipName{.id = chosen.front().chip.id};
    return filter;
}

// What is in use: also what ended processes hold, but not what a close has released.
Selection selection_of(const TopValues& values, const State& state) {
    const Snapshot& s = values.snapshot;
    Selection selection = select(s, filter_of(values, state));
    std::erase_if(selection, [&](uint32_t i) {
        const Allocation& a = s.allocations[i];
        if (standing_of(s, a) == Standing::kReleased) return true;
        if (state.filter.empty()) return false;
        const Process& process = s.process_of(a);
        return !lets_through(state.filter, {s.texts[a.op], s.texts[a.tag], std::to_string(process.pid), process.comm,
                                            std::string(pool_name(a.pool)), std::string(class_name(a.allocation_class)),
                                            line_of(s, a.stack), a.program != 0 ? s.programs[a.program - 1].name : ""});
    });
    return selection;
}

Group group_of(const Share& share, Grouping grouping) {
    const Owner& owner = share.owner;
    Group group;
    switch (grouping) {
        case Grouping::kOwner:
            group.process = owner.process.value;
            group.op = owner.op;
            group.line = owner.line;
            group.tag = owner.tag;
            group.program = owner.program;
            group.pool = owner.pool;
            group.allocation_class = owner.allocation_class;
            group.place = owner.place.value;
            group.holder_ended = owner.holder_ended;
            break;
        case Grouping::kOp:
            group.op = owner.op;
            break;
        case Grouping::kLine:
            group.line = owner.line;
            break;
        case Grouping::kTag:
            group.tag = owner.tag;
            break;
        case Grouping::kClass:
            group.allocation_class = owner.allocation_class;
            break;
        case Grouping::kProcess:
        case Grouping::kNone:
            group.process = owner.process.value;
            break;
    }
    group.leaked = owner.verdict == Verdict::kLeaked;
    group.sum = share.sum;
    return group;
}

std::vector<Group> groups_of(const Buffers& of, Grouping grouping, Over over) {
    std::map<decltype(Group().identity()), Group> found;
    for (const Share& share : by_owner_and_verdict(of.values.snapshot, of.selection, over)) {
        const Group group = group_of(share, grouping);
        const auto [at, is_new] = found.try_emplace(group.identity(), group);
        if (is_new) continue;
        at->second.sum += group.sum;
    }
    std::vector<Group> groups;
    for (auto& [identity, group] : found) groups.push_back(group);
    return groups;
}

void order(std::vector<Group>& groups, const Snapshot& s, const ViewState& here) {
    const std::string& by = kOrdersOfGroups.at(std::min(here.sort, kOrdersOfGroups.size() - 1));
    std::ranges::stable_sort(groups, [&](const Group& a, const Group& b) {
        if (by == "requested") return a.sum.requested_bytes > b.sum.requested_bytes;
        if (by == "allocations") return a.sum.allocations > b.sum.allocations;
        if (by == "op") return s.texts[a.op] < s.texts[b.op];
        if (by == "pid") return a.process && b.process && s.processes[*a.process].pid < s.processes[*b.process].pid;
        return a.sum.reserved_bytes > b.sum.reserved_bytes;
    });
    if (here.reversed) std::ranges::reverse(groups);
}

std::string program_name(const Snapshot& s, uint32_t program, bool holder_ended) {
    if (holder_ended) return "destroyed";
    return program != 0 ? name_cell(s.programs[program - 1].name, 40) : "";
}

std::string text_of(const Snapshot& s, uint32_t text) { return text != 0 ? name_cell(s.texts[text]) : "-"; }

std::vector<Text> row_of(const Buffers& of, const Group& g, Grouping grouping, ChartForm form) {
    const Snapshot& s = of.values.snapshot;
    const Process* process = g.process ? &s.processes[*g.process] : nullptr;
    const bool is_bound = process != nullptr ? process->coverage.misses_live() : s.coverage.misses_live();
    const Ink ink = g.leaked ? Ink::kLeaked : g.allocation_class ? ink_of(*g.allocation_class) : Ink::kTensor;
    const bool all = grouping == Grouping::kOwner;
    std::string class_text = g.allocation_class ? std::string(class_name(*g.allocation_class)) : "";
    if (g.leaked) class_text += (class_text.empty() ? "" : ", ") + std::string("leaked");
    return {
        process != nullptr ? pid_text(*process) : "",
        process != nullptr && !all ? name_cell(command_of(*process)) : "",
        all || grouping == Grouping::kOp ? text_of(s, g.op) : "",
        g.line.file != 0              ? name_cell(frame_words(s, g.line))
        : grouping == Grouping::kLine ? "-"
                                      : "",
        grouping == Grouping::kTag ? text_of(s, g.tag)
        : all && g.tag != 0        ? text_of(s, g.tag)
                                   : "",
        program_name(s, g.program, g.holder_ended),
        Text(class_text, {.ink = ink}),
        g.pool ? std::string(pool_name(*g.pool)) : "",
        g.place && process != nullptr ? of.names.list(s.places[*g.place].chips, *process) : "",
        of.look.at_least(is_bound, with_commas(g.sum.allocations)),
        bound_bytes(g.sum.requested_bytes, is_bound, of.look),
        bound_bytes(g.sum.reserved_bytes, is_bound, of.look),
        percent(g.sum.reserved_bytes, of.sum.reserved_bytes),
        Text(bar(share_of(g.sum.reserved_bytes, of.sum.reserved_bytes).value_or(0), kShareBar, form), {.ink = ink})};
}

// Of the largest allocations of a group, what a line holds.
std::vector<std::string> detail_of(const Buffers& of, const Group& g, Grouping grouping) {
    constexpr size_t kMost = 200;
    const Snapshot& s = of.values.snapshot;
    Selection inside = of.selection;
    std::erase_if(inside, [&](uint32_t i) {
        std::vector<Share> one = by_owner_and_verdict(s, {i});
        return one.empty() || group_of(one.front(), grouping).identity() != g.identity();
    });
    sort(s, inside, SortKey::kReserved);
    std::vector<std::string> lines = {sum_text(g.sum, false, of.look), ""};
    for (size_t i = 0; i < std::min(inside.size(), kMost); ++i) {
        const Allocation& a = s.allocations[inside[i]];
        lines.push_back(fmt::format("  {:>10}  {:<8}  {:>12}  {:<8}  {:>10}  {}", of.look.bytes(a.reserved_bytes()),
                                    pool_name(a.pool), hex64(a.address.value), class_name(a.allocation_class),
                                    a.since != 0 ? age_text(s.generated_at, a.since) : "-", text_of(s, a.op)));
    }
    if (inside.size() > kMost) lines.push_back(fmt::format("  and {} more", with_commas(inside.size() - kMost)));
    return lines;
}

TableContent grouped_table(const std::shared_ptr<Buffers>& of, Grouping grouping, const State& state) {
    TableContent table;
    table.columns = {{.title = "PID", .right = true, .only_if_used = true},
                     {.title = "COMMAND", .may_shorten = true, .only_if_used = true},
                     {.title = "OP", .may_shorten = true, .only_if_used = true},
                     {.title = "LINE", .may_shorten = true, .only_if_used = true, .is_line = true},
                     {.title = "TAG", .may_shorten = true, .only_if_used = true, .spare = 2},
                     {.title = "PROGRAM", .may_shorten = true, .only_if_used = true, .spare = 5},
                     {.title = "CLASS", .only_if_used = true},
                     {.title = "POOL", .only_if_used = true},
                     {.title = "CHIPS", .may_shorten = true, .only_if_used = true, .spare = 4},
                     {.title = "COUNT", .right = true, .spare = 1},
                     {.title = "REQUESTED", .right = true, .spare = 6},
                     {.title = "RESERVED", .right = true},
                     {.title = "SHARE", .right = true, .spare = 3},
                     {.title = " ", .spare = 7}};
    table.rows = of->groups.size();
    table.row = [of, grouping, form = state.form](size_t i) { return row_of(*of, of->groups[i], grouping, form); };
    table.key = [of](size_t i) {
        const Group& g = of->groups[i];
        uint64_t key = 0x9E3779B97F4A7C15u;
        for (const uint64_t part :
             {uint64_t{g.process.value_or(~0u)}, uint64_t{g.op}, uint64_t{g.tag}, uint64_t{g.program},
              uint64_t{g.place.value_or(~0u)}, g.pool ? static_cast<uint64_t>(*g.pool) + 1 : 0,
              g.allocation_class ? static_cast<uint64_t>(*g.allocation_class) + 1 : 0, uint64_t{g.line.file},
              uint64_t{g.line.line}, uint64_t{g.leaked}}) {
            key = (key ^ part) * 0xff51afd7ed558ccdu;
            key ^= key >> 29;
        }
        return key | 1;
    };
    table.detail = [of, grouping](size_t i) { return detail_of(*of, of->groups[i], grouping); };
    table.sorts = kOrdersOfGroups;
    return table;
}

SortKey sort_key_of(size_t sort) {
    constexpr SortKey kKeys[] = {SortKey::kReserved, SortKey::kRequested, SortKey::kAge,
                                 SortKey::kAddress,  SortKey::kOp,        SortKey::kPid};
    return kKeys[std::min<size_t>(sort, 5)];
}

std::vector<Text> row_of(const Buffers& of, const Allocation& a) {
    const Snapshot& s = of.values.snapshot;
    const Process& process = s.process_of(a);
    return {pid_text(process),
            of.users.of(process),
            of.names.list(s.place_of(a).chips, process),
            std::string(pool_name(a.pool)),
            hex64(a.address.value),
            of.look.bytes(a.requested_bytes),
            of.look.bytes(a.reserved_bytes()),
            Text(std::string(class_name(a.allocation_class)), {.ink = ink_of(a.allocation_class)}),
            text_of(s, a.op),
            name_cell(line_of(s, a.stack)),
            a.tag != 0 ? text_of(s, a.tag) : "",
            program_name(s, a.program, a.holder_ended),
            a.since != 0 ? age_text(s.generated_at, a.since) : "-"};
}

TableContent listed_table(const std::shared_ptr<Buffers>& of) {
    const Snapshot& s = of->values.snapshot;
    TableContent table;
    table.columns = {{.title = "PID", .right = true},
                     {.title = "USER", .right = true, .only_if_used = true},
                     {.title = "CHIPS", .may_shorten = true},
                     {.title = "POOL"},
                     {.title = "ADDRESS", .right = true},
                     {.title = "REQUESTED", .right = true, .spare = 4},
                     {.title = "RESERVED", .right = true},
                     {.title = "CLASS", .spare = 1},
                     {.title = "OP", .may_shorten = true},
                     {.title = "LINE", .may_shorten = true, .only_if_used = true, .is_line = true},
                     {.title = "TAG", .may_shorten = true, .only_if_used = true, .spare = 2},
                     {.title = "PROGRAM", .may_shorten = true, .only_if_used = true, .spare = 5},
                     {.title = "AGE", .right = true, .spare = 3}};
    table.rows = of->selection.size();
    table.row = [of, &s](size_t i) { return row_of(*of, s.allocations[of->selection[i]]); };
    table.key = [of, &s](size_t i) {
        const Allocation& a = s.allocations[of->selection[i]];
        return (a.handle ^ static_cast<uint64_t>(s.process_of(a).ledger.value)) | 1;
    };
    table.detail = [of, &s](size_t i) {
        std::vector<std::string> lines = {"Allocation " + hex64(s.allocations[of->selection[i]].address.value)};
        for (const std::string& line : story_of(s, of->selection[i], 0)) lines.push_back("  " + printable(line));
        return lines;
    };
    table.sorts = kOrdersOfAll;
    return table;
}

}  // namespace

Content buffers(const TopValues& values, const State& state) {
    Content content;
    const Snapshot& s = values.snapshot;
    if (!values.has_allocations) {
        content.verdict = "What was allocated at this moment was not read: only sums were.";
        content.table.none = "Open this view while it is live, or look into a capture: ttmem record, ttmem top FILE.";
        return content;
    }
    const auto of = std::make_shared<Buffers>(
        Buffers{values, look_of(state), ChipNames(s), Users(s), selection_of(values, state), {}, {}});
    const Over over = over_chips_of(filter_of(values, state));
    of->sum = total(s, of->selection, over);
    const auto grouping = static_cast<Grouping>(std::min<size_t>(state.here().group, kGroupings.size() - 1));
    if (grouping == Grouping::kNone) {
        sort(s, of->selection, sort_key_of(state.here().sort));
        if (state.here().reversed) std::ranges::reverse(of->selection);
        content.table = listed_table(of);
    } else {
        of->groups = groups_of(*of, grouping, over);
        order(of->groups, s, state.here());
        content.table = grouped_table(of, grouping, state);
    }
    content.table.groups = kGroupings;
    content.table.none =
        s.processes.empty() ? nothing_words("Nothing is tracked.", s.coverage) : "No live allocation matches.";
    content.verdict = sum_text(of->sum, s.coverage.misses_live(), of->look) +
                      (over == Over::kOneChip ? ", on this chip" : ", on all their chips together");
    return content;
}

}  // namespace ttmem::tui
