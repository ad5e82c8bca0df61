#include "src/views/text/stats.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/core_need.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

// "1.21 GiB s": bytes held for a time.
std::string held_text(ByteNanoseconds held, const Look& look) {
    const ByteNanoseconds seconds = held / 1'000'000'000;
    if (held != 0 && seconds == 0) return "< 1 B s";
    const auto bytes = seconds > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(seconds);
    return look.bytes(bytes) + " s";
}

std::string share_text(ByteNanoseconds part, ByteNanoseconds all) {
    if (all == 0) return "-";
    const auto share = static_cast<uint64_t>(part * 1000 / all);
    return part != 0 && share == 0 ? "<0.1%" : fmt::format("{}.{}%", share / 10, share % 10);
}

std::string bar(uint64_t part, uint64_t most) {
    constexpr uint64_t kWidth = 24;
    const uint64_t length = most == 0 ? 0 : (part * kWidth + most - 1) / most;
    return std::string(length, '#');
}

std::string size_name(size_t bucket, const Look& look) {
    if (bucket == 0) return "0 B";
    const uint64_t least = uint64_t{1} << (bucket - 1);
    return bucket == 64 ? ">= " + look.bytes(least) : look.bytes(least) + " to < " + look.bytes(least * 2);
}

std::string verdict(const Stats& stats, const Look& look) {
    const AllocationStats& all = stats.all;
    return fmt::format(
        "{}: {} requested and {} reserved on all chips together; {} freed by the program, {} by a close or the end, {} "
        "live "
        "at the end.\n",
        counted(all.allocated.allocations, "allocation"), look.bytes(all.allocated.requested_bytes),
        look.bytes(all.allocated.reserved_bytes), with_commas(all.freed), with_commas(all.released),
        with_commas(all.live));
}

std::string pools_table(const Stats& stats, const Look& look) {
    Table table({{"POOL"},
                 {"ALLOCATIONS", Align::kRight},
                 {"FREED", Align::kRight},
                 {"CLOSED", Align::kRight},
                 {.title = "LOST", .align = Align::kRight, .only_if_used = true},
                 {"LIVE", Align::kRight},
                 {.title = "TEMPORARY", .align = Align::kRight, .spare = 1},
                 {"RESERVED", Align::kRight}});
    for (const PoolStats& pool : stats.pools) {
        const AllocationStats& all = pool.all;
        table.add({std::string(pool_name(pool.pool)), with_commas(all.allocated.allocations), with_commas(all.freed),
                   with_commas(all.released), all.lost != 0 ? with_commas(all.lost) : "", with_commas(all.live),
                   with_commas(all.temporary), look.bytes(all.allocated.reserved_bytes)});
    }
    return table.render(look);
}

std::string sizes_table(const PoolStats& pool, const Look& look) {
    Table table({{"REQUESTED PER CHIP", Align::kRight}, {"ALLOCATIONS", Align::kRight}, {""}});
    const uint64_t most = *std::max_element(pool.sizes.begin(), pool.sizes.end());
    for (size_t i = 0; i < pool.sizes.size(); ++i) {
        if (pool.sizes[i] == 0) continue;
        table.add({size_name(i, look), with_commas(pool.sizes[i]), bar(pool.sizes[i], most)});
    }
    return fmt::format("\nSizes in {}:\n", pool_name(pool.pool)) + table.render(look);
}

std::string lifetimes_table(const PoolStats& pool, const Look& look) {
    const uint64_t most = *std::max_element(pool.lifetimes.begin(), pool.lifetimes.end());
    if (most == 0) return "";
    Table table({{"LIVED", Align::kRight}, {"ALLOCATIONS", Align::kRight}, {""}});
    for (size_t i = 0; i < pool.lifetimes.size(); ++i) {
        if (pool.lifetimes[i] == 0) continue;
        table.add({std::string(lifetime_bucket_name(i)), with_commas(pool.lifetimes[i]), bar(pool.lifetimes[i], most)});
    }
    return fmt::format("\nLifetimes in {}, of what has ended:\n", pool_name(pool.pool)) + table.render(look);
}

std::string owners_table(const StatsValues& values, const Look& look) {
    const std::vector<OwnerStats>& owners = values.stats.owners;
    ByteNanoseconds all = 0;
    for (const OwnerStats& owner : owners) all += owner.all.held;
    Table table({{.title = "OP", .may_shorten = true},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true},
                 {.title = "CLASS", .spare = 2},
                 {"POOL"},
                 {"HELD", Align::kRight},
                 {"SHARE", Align::kRight},
                 {.title = "LONGEST", .align = Align::kRight, .spare = 3},
                 {.title = "ALLOCATIONS", .align = Align::kRight, .spare = 1},
                 {.title = "TEMPORARY", .align = Align::kRight, .spare = 4},
                 {.title = "RESERVED", .align = Align::kRight, .spare = 5}});
    const size_t shown = values.limit == 0 ? owners.size() : std::min(values.limit, owners.size());
    for (size_t i = 0; i < shown; ++i) {
        const OwnerStats& owner = owners[i];
        table.add({text_cell(values.recording, owner.op),
                   owner.tag != 0 ? text_cell(values.recording, owner.tag, 32) : "",
                   std::string(class_name(owner.allocation_class)), std::string(pool_name(owner.pool)),
                   held_text(owner.all.held, look), share_text(owner.all.held, all),
                   owner.all.longest != 0 ? human_duration(owner.all.longest) : "-",
                   with_commas(owner.all.allocated.allocations), with_commas(owner.all.temporary),
                   look.bytes(owner.all.allocated.reserved_bytes)});
    }
    std::string text = "\nHeld longest (reserved bytes on all chips x time):\n" + table.render(look);
    if (shown < owners.size()) {
        text += fmt::format("not shown: {} more (--limit 0 shows all)\n", with_commas(owners.size() - shown));
    }
    return text;
}

}  // namespace

std::string stats_text(const StatsValues& values, const Look& look) {
    const Stats& stats = values.stats;
    if (values.recording.end.processes.empty()) {
        return nothing_text("Nothing is tracked: there is nothing to count.", stats.coverage, look);
    }
    std::string cores;
    for (const CoreNeed& need : stats.cores) cores += "\n" + core_need_text(values.recording, need, look);
    if (stats.all.allocated.allocations == 0) {
        return wrapped_below("Nothing was allocated.\n" + cores + recorded_line(values.recording), look) +
               coverage_lines(stats.coverage, look);
    }
    std::string text = look.paint(Tone::kBold, verdict(stats, look)) + "\n" + pools_table(stats, look);
    for (const PoolStats& pool : stats.pools) text += sizes_table(pool, look) + lifetimes_table(pool, look);
    text += owners_table(values, look) + cores + "\n" + recorded_line(values.recording);
    return wrapped_below(text, look) + coverage_lines(stats.coverage, look);
}

}  // namespace ttmem
