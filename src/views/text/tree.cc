#include "src/views/text/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/leaks/leaks.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/model/process_command.h"
#include "src/views/text/core_need.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/peak.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::string name_of(const TreeValues& values, TreeLevel level, uint32_t number) {
    const Snapshot& tables = values.recording.end;
    switch (level) {
        case TreeLevel::kProcess:
            return fmt::format("process {} ({})", tables.processes[number].pid,
                               name_cell(command_of(tables.processes[number]), 24));
        case TreeLevel::kOp:
            return number != 0 ? name_cell(tables.texts[number]) : "(no operation)";
        case TreeLevel::kTag:
            return number != 0 ? name_cell(tables.texts[number]) : "(no tag)";
        case TreeLevel::kLine:
            return number != 0 ? name_cell(line_of(tables, number)) : "(no line)";
        case TreeLevel::kClass:
            return std::string(class_name(static_cast<AllocationClass>(number)));
        case TreeLevel::kPart:
            return part_words(static_cast<Part>(number), values.recording);
        case TreeLevel::kThread:
            return number != 0 ? fmt::format("thread {}", number) : "(thread not known)";
    }
    return "";
}

void add_rows(const TreeValues& values, const TreeNode& node, size_t depth, uint64_t all, Table& table,
              const Look& look) {
    if (depth == values.levels.size()) return;
    const size_t shown = values.limit == 0 ? node.children.size() : std::min(values.limit, node.children.size());
    const std::string indent(2 * (depth + 1), ' ');
    for (size_t i = 0; i < shown; ++i) {
        const TreeNode& child = node.children[i];
        table.add({indent + name_of(values, values.levels[depth], child.number), with_commas(child.sum.allocations),
                   look.bytes(child.sum.requested_bytes), look.bytes(child.sum.reserved_bytes),
                   percent(child.sum.reserved_bytes, all)});
        add_rows(values, child, depth + 1, all, table, look);
    }
    if (shown == node.children.size()) return;
    Sum rest;
    for (size_t i = shown; i < node.children.size(); ++i) rest += node.children[i].sum;
    table.add({indent + fmt::format("... {} more", with_commas(node.children.size() - shown)),
               with_commas(rest.allocations), look.bytes(rest.requested_bytes), look.bytes(rest.reserved_bytes),
               percent(rest.reserved_bytes, all)});
}

std::string levels_text(const TreeValues& values) {
    std::string text;
    for (const TreeLevel level : values.levels)
        text += (text.empty() ? "" : " > ") + std::string(tree_level_name(level));
    return text;
}

// The share of the largest of the first level.
std::string verdict(const TreeValues& values, const Look& look) {
    const TreeValues::PoolTree& pool = values.pools.front();
    const TreeNode& most = pool.root.children.front();
    return fmt::format("{} holds {} of the {} that are live in {} of {} {}: {}.\n",
                       name_of(values, values.levels.front(), most.number), look.bytes(most.sum.reserved_bytes),
                       look.bytes(pool.root.sum.reserved_bytes), pool_name(pool.pool),
                       (pool.chips.size() == 1 ? "" : "each of ") + chips_text(values.recording, pool.chips),
                       values.at_peak ? "at its peak" : "at the end",
                       percent(most.sum.reserved_bytes, pool.root.sum.reserved_bytes));
}

}  // namespace

std::string tree_text(const TreeValues& values, const Look& look) {
    if (values.recording.end.processes.empty()) {
        return nothing_text("Nothing is tracked: no one holds anything.", values.coverage, look);
    }
    const std::string held = values.at_peak ? "" : held_words(values.recording.end);
    const std::string held_line = held.empty() ? "" : "Not in it: " + held + ".\n";
    if (values.pools.empty()) {
        return std::string("Nothing is live ") +
               (values.at_peak ? "at any time" : "at the end: without --end it tells of the peak") + ".\n" +
               wrapped(held_line, look) + recorded_line(values.recording) + coverage_lines(values.coverage, look);
    }
    std::string text = look.paint(Tone::kBold, verdict(values, look));
    for (const TreeValues::PoolTree& pool : values.pools) {
        Table table({{.title = fmt::format("{}, {}: {}", pool_name(pool.pool), chips_text(values.recording, pool.chips),
                                           levels_text(values)),
                      .may_shorten = true},
                     {"ALLOCATIONS", Align::kRight},
                     {.title = "REQUESTED", .align = Align::kRight, .spare = 1},
                     {"RESERVED", Align::kRight},
                     {"SHARE", Align::kRight}});
        const Sum& all = pool.root.sum;
        table.add({"all", with_commas(all.allocations), look.bytes(all.requested_bytes), look.bytes(all.reserved_bytes),
                   "100%"});
        add_rows(values, pool.root, 0, all.reserved_bytes, table, look);
        text += "\n" + table.render(look);
    }
    for (const CoreNeed& need : values.cores) text += "\n" + core_need_text(values.recording, need, look);
    return wrapped_below(text + "\n" + held_line + recorded_line(values.recording), look) +
           coverage_lines(values.coverage, look);
}

}  // namespace ttmem
