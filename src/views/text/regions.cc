#include "src/views/text/regions.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::vector<Cell> row(std::string chip, std::string whose, const ShmCounters& c, std::string age, const Look& look) {
    return {std::move(chip),        std::move(whose),    look.bytes(c.dram), look.bytes(c.l1),
            look.bytes(c.l1_small), look.bytes(c.trace), std::move(age)};
}

std::string process_label(const ShmProcess& process) {
    std::string text = fmt::format("{} ({})", process.pid, name_cell(process.name, 24));
    if (process.state == ShmProcessState::kDead) text += ", dead";
    if (process.state == ShmProcessState::kOther) text += ", pid used again?";
    return text;
}

void add_region(Table& table, const ShmRegion& region, const Look& look) {
    std::string age = region.age_ns ? human_duration(*region.age_ns) + " ago" : "-";
    if (region.stale) age += ", stale";
    table.add(row(std::to_string(region.device_id), "all", region.totals, age, look));
    for (const ShmProcess& process : region.processes) {
        table.add(row("", process_label(process), process.counters, "", look));
    }
    if (region.ghosts.any()) table.add(row("", "no live process", region.ghosts, "", look));
}

// What a process left that ended long ago and freed everything: of no interest one by one.
bool is_stale_and_empty(const ShmRegion& region) {
    const bool held = std::any_of(region.processes.begin(), region.processes.end(),
                                  [](const ShmProcess& process) { return process.counters.any(); });
    const bool has_cbs = region.cb_reserved_bytes.value_or(0) != 0 || region.cb_resident_bytes.value_or(0) != 0;
    return region.stale && !held && !has_cbs && !region.totals.any() && !region.ghosts.any();
}

}  // namespace

std::string regions_text(const ShmRegions& shown, const Look& look) {
    if (shown.regions.empty() && shown.unreadable.empty()) return "";
    std::string text = "\ntt-metal's own counters (/dev/shm), not in any figure above:\n";
    Table table({{"CHIP"},
                 {.title = "PROCESS", .may_shorten = true},
                 {"DRAM", Align::kRight},
                 {"L1", Align::kRight},
                 {.title = "L1_SMALL", .align = Align::kRight, .spare = 1},
                 {"TRACE", Align::kRight},
                 {"UPDATED"}});
    Coverage coverage;
    size_t empty = 0;
    for (const ShmRegion& region : shown.regions) {
        if (is_stale_and_empty(region)) {
            ++empty;
        } else {
            add_region(table, region, look);
        }
        coverage.merge(region.coverage);
    }
    if (empty < shown.regions.size()) text += table.render(look);
    if (empty != 0) text += counted(empty, "stale region") + (empty == 1 ? " holds nothing.\n" : " hold nothing.\n");
    text += coverage_lines(coverage, look);
    for (const Error& error : shown.unreadable) {
        text += wrapped("Not shown: " + printable(error.what) + ": " + printable(error.why) +
                            (error.next.empty() ? "" : "; next: " + printable(error.next)) + "\n",
                        look);
    }
    return text;
}

}  // namespace ttmem
