#include "src/views/text/last_failure.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/failures.h"
#include "src/views/text/map.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostHeldPools = 16;

void add_holders(Table& table, const Snapshot& s, const HeldPool& pool, const std::string& chips, size_t limit,
                 const Look& look) {
    const size_t shown = limit == 0 ? pool.holders.size() : std::min(limit, pool.holders.size());
    uint64_t blocks = pool.allocations, bytes = pool.reserved_bytes;
    for (size_t i = 0; i < shown; ++i) {
        const Holder& h = pool.holders[i];
        std::string owner = printable(owner_text(s, h.process, h.op, h.tag, h.allocation_class));
        if (s.processes.size() == 1) owner.erase(owner.rfind(", "));
        table.add({i == 0 ? chips : "", i == 0 ? std::string(pool_name(pool.pool)) : "", std::move(owner),
                   name_cell(line_of(s, h.stack)), name_cell(caller_of(s, h.stack)),
                   std::string(class_name(h.allocation_class)), with_commas(h.allocations),
                   look.bytes(h.reserved_bytes), percent(h.reserved_bytes, pool.capacity_bytes)});
        blocks -= h.allocations, bytes -= std::min(bytes, h.reserved_bytes);
    }
    if (shown < pool.holders.size()) {
        table.add({"", "", counted(pool.holders.size() - shown, "more owner"), "", "", "", with_commas(blocks),
                   look.bytes(bytes), percent(bytes, pool.capacity_bytes)});
    }
    if (pool.holders.size() > 1) {
        table.add({"", "", Cell("all of " + std::string(pool_name(pool.pool)), Tone::kBold), "", "", "",
                   with_commas(pool.allocations), Cell(look.bytes(pool.reserved_bytes), Tone::kBold),
                   percent(pool.reserved_bytes, pool.capacity_bytes)});
    }
}

// Whether the core as a picture tells more than the banks.
bool is_about_l1(const LastFailure& failure) {
    if (failure.explained.failures.empty()) return false;
    const FailureFigures& f = failure.explained.failures.front().figures();
    return f.kind == FailureKind::kCbClash || f.kind == FailureKind::kCbOverflow || f.pool == Pool::kL1 ||
           f.pool == Pool::kL1Small;
}

std::string picture(const LastFailureValues& values, bool ascii, const Look& look) {
    if (values.failure.maps.empty()) return "";
    MapValues map{.snapshot = values.failure.snapshot, .maps = {}, .limit = values.limit == 0 ? 0 : 12u};
    map.clash = newest_clash(map.snapshot);
    return map_picture(map, values.failure.maps.front(), is_about_l1(values.failure), ascii, look);
}

}  // namespace

std::string held_table(const LastFailureValues& values, const Look& look) {
    const Snapshot& s = values.failure.snapshot;
    const ChipNames names{std::span<const ChipUse>(s.chips)};
    Table table({{.title = "CHIPS", .may_shorten = true},
                 {"POOL"},
                 {.title = "OWNER", .may_shorten = true},
                 {.title = "LINE", .only_if_used = true, .may_shorten = true, .is_line = true},
                 {.title = "CALLED AT", .only_if_used = true, .may_shorten = true, .spare = 1, .is_line = true},
                 {.title = "CLASS", .spare = 3},
                 {.title = "BLOCKS", .align = Align::kRight, .spare = 2},
                 {"EACH CHIP", Align::kRight},
                 {"SHARE", Align::kRight}});
    const std::vector<HeldPool>& held = values.failure.held;
    const size_t shown = values.limit == 0 ? held.size() : std::min(held.size(), kMostHeldPools);
    for (size_t i = 0; i < shown; ++i) {
        add_holders(table, s, held[i], names.list(held[i].chips), values.limit, look);
    }
    if (held.empty()) return "Nothing was held then.\n";
    std::string text = table.render(look);
    if (shown < held.size())
        text += fmt::format("{} of other chips: --json\n", counted(held.size() - shown, "more pool"));
    return text;
}

std::string last_failure_verdict(const LastFailure& failure, const Look& look) {
    std::string verdict = failures_verdict(failure.explained);
    if (failure.explained.failures.front().explanation.names_buffers) return verdict;
    const FailureFigures& figures = failure.explained.failures.front().figures();
    const std::optional<Pool> pool = pool_without_room(figures.kind, figures.pool);
    const auto of_pool = std::ranges::find_if(
        failure.held, [&](const HeldPool& held) { return held.pool == pool && !held.holders.empty(); });
    if (of_pool == failure.held.end()) return verdict;
    const HeldPool& held = *of_pool;
    const Holder& most = held.holders.front();
    if (held.capacity_bytes && most.reserved_bytes < *held.capacity_bytes / 4) return verdict;  // it is not to blame
    const Snapshot& s = failure.snapshot;
    std::string owner = printable(owner_text(s, most.process, most.op, most.tag, most.allocation_class));
    if (s.processes.size() == 1) owner.erase(owner.rfind(", "));
    const std::string line = printable(line_of(s, most.stack)), caller = printable(caller_of(s, most.stack));
    const auto bytes = [&](uint64_t count) { return look.bytes(count) + (look.exact_bytes ? " B" : ""); };
    const std::string holder =
        fmt::format("{}{}{} holds the most, {}{}", owner, line.empty() ? "" : " at " + line,
                    caller.empty() ? "" : ", called at " + caller + ",", bytes(most.reserved_bytes),
                    held.capacity_bytes ? " of " + bytes(*held.capacity_bytes) : "");
    const size_t advice = verdict.find("; ");  // what to do comes last
    const size_t end = verdict.rfind('.');
    if (advice != std::string::npos) return verdict.insert(advice, "; " + holder);
    return end == std::string::npos ? verdict : verdict.insert(end, "; " + holder);
}

std::string stacks_hint(const LastFailure& failure) {
    const Snapshot& s = failure.snapshot;
    const auto is_of_python = [&](const Holder& h) { return s.texts[h.op].starts_with("ttnn."); };
    const bool any = std::ranges::any_of(
        failure.held, [&](const HeldPool& pool) { return std::ranges::any_of(pool.holders, is_of_python); });
    return any && s.stacks.size() < 2 ? "which lines of Python made these: `ttmem run --stacks`\n" : "";
}

std::string last_failure_text(const LastFailureValues& values, bool ascii, const Look& look) {
    const LastFailure& failure = values.failure;
    std::string text;
    if (failure.explained.failures.empty()) {
        text = "An allocation failed, and why is not known: its figures were not kept.\n";
    } else {
        ExplainedFailures explained = failure.explained;
        for (ExplainedFailure& of : explained.failures) of.explanation.holders.reset();  // the table has them all
        text = wrapped_below(look.paint(Tone::kBold, last_failure_verdict(failure, look)), look) + "\n" +
               failures_text(explained, &failure.snapshot, false, look);
    }
    text += wrapped(fmt::format("\nWho held what then, {} in {}; reserved bytes:\n",
                                rfc3339(failure.snapshot.generated_at), printable(values.source)),
                    look);
    text += held_table(values, look);
    if (const std::string hint = stacks_hint(failure); !hint.empty()) text += "W" + hint.substr(1);
    text += picture(values, ascii, look);
    const std::string missing = coverage_lines(failure.snapshot.coverage, look);
    return text + (missing.empty() ? "" : "\n" + missing);
}

}  // namespace ttmem
