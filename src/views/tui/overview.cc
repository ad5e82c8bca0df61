#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "src/analysis/leaks/leaks.h"
#include "src/analysis/recording/moment.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/select.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"
#include "src/model/process_command.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/sums.h"
#include "src/views/text/untracked.h"
#include "src/views/tui/chips.h"
#include "src/views/tui/content.h"

namespace ttmem::tui {
namespace {

// What the table is ordered by; the names are those of its columns.
enum class Order : uint8_t { kDram, kL1, kHost, kPid, kCommand, kStarted };
const std::vector<std::string> kOrders = {"dram", "l1", "host", "pid", "command", "started"};

// Everything that outlives the making of the content: rows are made later.
struct Processes {
    const TopValues& values;
    Look look;
    ChipNames names;
    Users users;
    std::vector<const Process*> rows;
    std::map<LedgerId, uint64_t> leaked = {};  // reserved bytes on all chips, of those of which something is known
};

// What view 6 has in one figure: leaked, or grown from iteration to iteration and freed later.
std::map<LedgerId, uint64_t> leaked_bytes(const TopValues& values) {
    std::map<LedgerId, uint64_t> bytes;
    if (values.with_ended == nullptr && !values.has_allocations) return bytes;
    const Snapshot& s = values.with_ended != nullptr ? *values.with_ended : values.snapshot;
    for (uint32_t i = 0; i < s.allocations.size(); ++i) {
        if (verdict_of(s, s.allocations[i]) == Verdict::kLeaked)
            bytes[s.process_of(s.allocations[i]).ledger] += sum_of(s, s.allocations[i]).reserved_bytes;
    }
    if (values.leaks == nullptr || !values.leaks->accumulated) return bytes;
    for (const Accumulated& grown : *values.leaks->accumulated) {
        bytes[s.processes[grown.process.value].ledger] += grown.grown.growth().reserved_bytes;
    }
    return bytes;
}

std::optional<uint64_t> host_bytes_of(const TopValues& values, const Process& process) {
    const auto found = values.host_bytes.find(process.ledger);
    return found == values.host_bytes.end() ? std::nullopt : std::optional(found->second);
}

// Of a moment of a capture, which has none of its own, that of the whole capture.
const Process& with_peaks(const TopValues& values, const Process& process) {
    if (values.with_ended == nullptr || largest_peak(process, Pool::kDram)) return process;
    const std::vector<Process>& all = values.with_ended->processes;
    const auto same = std::ranges::find(all, process.ledger, &Process::ledger);
    return same == all.end() ? process : *same;
}

bool is_on_chosen(const Process& process, const std::vector<ChipUse>& chosen) {
    return std::ranges::any_of(process.chips, [&](const ChipUse& use) {
        return std::ranges::any_of(chosen, [&](const ChipUse& chip) { return chip.chip.id == use.chip.id; });
    });
}

std::vector<const Process*> rows_of(const TopValues& values, const State& state) {
    std::vector<const Process*> rows = latest_first(values.snapshot);
    const std::vector<ChipUse> chosen = chosen_chips(values.snapshot, state);
    std::erase_if(rows, [&](const Process* p) {
        if (values.at != 0 && !had_begun(*p, values.at)) return true;
        if (state.chip != 0 && !is_on_chosen(*p, chosen)) return true;
        return !lets_through(state.filter,
                             {std::to_string(p->pid), p->comm, p->command_line, state_text(*p), p->level});
    });
    const auto by_bytes = [](auto figure_of) {
        return [=](const Process* a, const Process* b) { return figure_of(*a) > figure_of(*b); };
    };
    const auto pool = [](Pool p) {
        return [p](const Process& process) { return reserved_on_all_chips(process, p).value_or(0); };
    };
    switch (static_cast<Order>(state.here().sort)) {
        case Order::kDram:
            std::ranges::stable_sort(rows, by_bytes(pool(Pool::kDram)));
            break;
        case Order::kL1:
            std::ranges::stable_sort(rows, by_bytes(pool(Pool::kL1)));
            break;
        case Order::kHost:
            std::ranges::stable_sort(rows,
                                     by_bytes([&](const Process& p) { return host_bytes_of(values, p).value_or(0); }));
            break;
        case Order::kPid:
            std::ranges::stable_sort(rows, [](const Process* a, const Process* b) { return a->pid < b->pid; });
            break;
        case Order::kCommand:
            std::ranges::stable_sort(
                rows, [](const Process* a, const Process* b) { return command_of(*a) < command_of(*b); });
            break;
        case Order::kStarted:
            break;  // the latest first, as they came
    }
    if (state.here().reversed) std::ranges::reverse(rows);
    return rows;
}

Style style_of(const Process& process) {
    switch (tone_of_state(process)) {
        case Tone::kGood:
            return {.ink = Ink::kGood};
        case Tone::kWarning:
            return {.ink = Ink::kWarning};
        default:
            return {.ink = Ink::kDim};
    }
}

Text leaked_text(const Processes& of, const Process& p) {
    const auto found = of.leaked.find(p.ledger);
    if (found == of.leaked.end() || found->second == 0) return "";
    return {bound_bytes(found->second, may_lack(p, Verdict::kLeaked), of.look), {.ink = Ink::kLeaked, .bold = true}};
}

std::vector<Text> row_of(const Processes& of, const Process& p) {
    const Look& look = of.look;
    return {pid_text(p),
            of.users.of(p),
            name_cell(command_of(p)),
            of.names.list(chips_of(p), p),
            use_text(p, Pool::kDram, look),
            use_text(p, Pool::kL1, look),
            rare_use_text(p, Pool::kL1Small, look),
            rare_use_text(p, Pool::kTrace, look),
            rare_use_text(p, Pool::kSystem, look),
            of.values.host_bytes.empty() ? "" : look.bytes(host_bytes_of(of.values, p)),
            look.bytes(largest_peak(with_peaks(of.values, p), Pool::kDram)),
            leaked_text(of, p),
            p.failed_allocations == 0 ? "" : Text(with_commas(p.failed_allocations), {.ink = Ink::kBad}),
            Text(state_text(p), style_of(p)),
            p.started_at ? age_text(of.values.snapshot.generated_at, *p.started_at) : "-",
            p.level};
}

std::string chips_line(const Processes& of, const ChipGroup& group, const Process& p) {
    const ChipUse& use = group.use;
    std::string text = fmt::format("  chip{} {}: ", group.chips.size() > 1 ? "s" : "", of.names.list(group.chips, p));
    if (group.chips.size() > 1) text += "each ";
    bool first = true;
    for (const Pool pool : kAllPools) {
        const PoolUse& figures = use.pool(pool);
        if (figures.reserved_bytes.value_or(1) == 0 && (!figures.peak_reserved || figures.peak_reserved->high == 0))
            continue;
        text += fmt::format("{}{} {} (peak {})", first ? "" : ", ", pool_name(pool),
                            of.look.at_least(figures.is_bound, of.look.bytes(figures.reserved_bytes)),
                            of.look.bytes(figures.peak_reserved));
        first = false;
    }
    return first ? text + "nothing in use" : text;
}

void add_owners(std::vector<std::string>& lines, const Processes& of, const Process& p) {
    constexpr size_t kMostOwners = 20;
    const Snapshot& s = of.values.snapshot;
    if (!of.values.has_allocations) {
        lines.push_back("Its allocations were not read at that moment.");
        return;
    }
    Selection selection;
    for (uint32_t i = 0; i < s.allocations.size(); ++i) {
        if (&s.process_of(s.allocations[i]) == &p && standing_of(s, s.allocations[i]) != Standing::kReleased)
            selection.push_back(i);
    }
    const std::vector<Share> shares = by_owner(s, selection);
    lines.push_back(
        fmt::format("What it holds, by owner, on all its chips: {}", counted(selection.size(), "allocation")));
    for (size_t i = 0; i < std::min(shares.size(), kMostOwners); ++i) {
        const Share& share = shares[i];
        lines.push_back(fmt::format("  {:>10}  {:<8}  {:<8}  {}{}", of.look.bytes(share.sum.reserved_bytes),
                                    pool_name(share.owner.pool), class_name(share.owner.allocation_class),
                                    share.owner.op != 0 ? name_cell(s.texts[share.owner.op]) : "-",
                                    share.owner.tag != 0 ? "  " + name_cell(s.texts[share.owner.tag], 32) : ""));
    }
    if (shares.size() > kMostOwners)
        lines.push_back(fmt::format("  and {} more: view 2, filter", counted(shares.size() - kMostOwners, "owner")));
}

std::vector<std::string> detail_of(const Processes& of, const Process& p) {
    std::vector<std::string> lines = {
        fmt::format("Process {} ({}), {}", pid_text(p), printable(p.comm), state_text(p))};
    if (!p.command_line.empty()) lines.push_back("  " + printable(p.command_line));
    std::string facts = "  level " + printable(p.level);
    if (!p.runtime.empty()) facts += ", runtime " + printable(p.runtime);
    if (p.started_at) facts += ", tracked for " + age_text(of.values.snapshot.generated_at, *p.started_at);
    if (p.iterations_begun != 0) facts += ", " + counted(p.iterations_begun, "iteration");
    lines.push_back(facts);
    if (p.failed_allocations != 0)
        lines.push_back("  " + counted(p.failed_allocations, "failed allocation") + ": x explains");
    lines.push_back("");
    for (const ChipGroup& group : fold_equal(p.chips)) lines.push_back(chips_line(of, group, p));
    lines.push_back("");
    add_owners(lines, of, p);
    for (const std::string& note : p.coverage.notes) lines.push_back("Note: " + printable(note));
    return lines;
}

// What is looked at, where it is not this machine; its name is foreign.
std::string within(const TopValues& values) { return values.source.empty() ? "" : "in " + printable(values.source); }

TableContent table_of(const TopValues& values, const State& state) {
    const auto of =
        std::make_shared<Processes>(Processes{values, look_of(state), ChipNames(values.snapshot),
                                              Users(values.snapshot), rows_of(values, state), leaked_bytes(values)});
    TableContent table;
    table.columns = {
        {.title = "PID", .right = true},
        {.title = "USER", .right = true, .only_if_used = true},
        {.title = "COMMAND", .may_shorten = true},
        {.title = "CHIPS", .may_shorten = true, .spare = 3},
        {.title = "DRAM", .right = true},
        {.title = "L1", .right = true},
        {.title = "L1_SMALL", .right = true, .only_if_used = true, .spare = 4},
        {.title = "TRACE", .right = true, .only_if_used = true, .spare = 4},
        {.title = "SYSTEM", .right = true, .only_if_used = true, .spare = 4},
        {.title = "HOST", .right = true, .only_if_used = true, .spare = 1},
        {.title = "PEAK DRAM, ONE CHIP", .right = true, .spare = 5},
        {.title = of->values.leaks != nullptr ? "LEAKED" : "OUTLIVED", .right = true, .only_if_used = true},
        {.title = "FAILED", .right = true, .only_if_used = true},
        {.title = "STATE", .spare = 2},
        {.title = "TRACKED FOR", .right = true, .spare = 2},
        {.title = "LEVEL", .spare = 6}};
    table.rows = of->rows.size();
    table.row = [of](size_t i) { return row_of(*of, *of->rows[i]); };
    table.key = [of](size_t i) { return static_cast<uint64_t>(of->rows[i]->ledger.value) | 1; };
    table.detail = [of](size_t i) { return detail_of(*of, *of->rows[i]); };
    table.sorts = kOrders;
    table.none = values.snapshot.processes.empty()
                     ? nothing_tracked_text(values.untracked, values.snapshot.coverage, {}, within(values))
                     : "No process matches.";
    return table;
}

}  // namespace

Content overview(const TopValues& values, const State& state, Size size) {
    Content content;
    content.verdict = fullest_sentence(values, look_of(state));
    content.verdict_ink = fullest_ink(values);
    if (content.verdict.empty())
        content.verdict = values.snapshot.processes.empty()
                              ? nothing_words(nothing_tracked_words(within(values)), values.snapshot.coverage)
                              : "No chip has a known capacity.";
    content.picture = chips_picture(values, state, size);
    content.table = table_of(values, state);
    return content;
}

bool lets_through(const std::string& filter, const std::vector<std::string>& words) {
    if (filter.empty()) return true;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::any_of(words, [&](const std::string& word) {
        return std::search(word.begin(), word.end(), filter.begin(), filter.end(),
                           [&](char a, char b) { return lower(a) == lower(b); }) != word.end();
    });
}

Ink ink_of(AllocationClass allocation_class) {
    switch (allocation_class) {
        case AllocationClass::kTensor:
            return Ink::kTensor;
        case AllocationClass::kProgram:
            return Ink::kProgram;
        case AllocationClass::kTrace:
            return Ink::kTrace;
        case AllocationClass::kRuntime:
            return Ink::kRuntime;
        case AllocationClass::kUnknown:
            return Ink::kUnknown;
    }
    return Ink::kUnknown;
}

}  // namespace ttmem::tui
