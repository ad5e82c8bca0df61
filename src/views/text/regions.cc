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
    if (process.state == ShmProcessState::kOther) text += ", pid used again?";
    return text;
}

// Those that have ended are one row: who they were is in --json.
void add_region(Table& table, const ShmRegion& region, const Look& look) {
    std::string age = region.age_ns ? human_duration(*region.age_ns) + " ago" : "-";
    if (region.stale) age += ", stale";
    table.add(row(std::to_string(region.device_id), "all", region.totals, age, look));
    ShmCounters ended;
    size_t dead = 0;
    for (const ShmProcess& process : region.processes) {
        if (process.state == ShmProcessState::kDead) {
            ended += process.counters;
            ++dead;
        } else {
            table.add(row("", process_label(process), process.counters, "", look));
        }
    }
    if (dead != 0) table.add(row("", counted(dead, "ended process", "ended processes"), ended, "", look));
    if (region.ghosts.any()) table.add(row("", "no live process", region.ghosts, "", look));
}

// Nobody in it lives: what it counts is in no use.
bool is_abandoned(const ShmRegion& region) {
    return std::all_of(region.processes.begin(), region.processes.end(),
                       [](const ShmProcess& process) { return process.state == ShmProcessState::kDead; });
}

std::string abandoned_text(size_t regions, const ShmCounters& counted_still, const Look& look) {
    if (regions == 0) return "";
    std::string text = fmt::format("{} {} no live process in {}", counted(regions, "region"),
                                   regions == 1 ? "has" : "have", regions == 1 ? "it" : "them");
    if (counted_still.any()) {
        text += fmt::format(": the {} of DRAM and {} of L1 that {} still count{} are not in use",
                            look.bytes(counted_still.dram), look.bytes(counted_still.l1), regions == 1 ? "it" : "they",
                            regions == 1 ? "s" : "");
    }
    return wrapped(text + ". tt-metal leaves such files behind; --json lists them.\n", look);
}

// Those of other users are alike: one is enough.
std::string unreadable_text(const std::vector<Error>& unreadable, const Look& look) {
    if (unreadable.empty()) return "";
    const Error& first = unreadable.front();
    std::string text = "Not shown: " + printable(first.what) + ": " + printable(first.why);
    if (unreadable.size() > 1) text += fmt::format(", and {} more", with_commas(unreadable.size() - 1));
    if (!first.next.empty()) text += "; next: " + printable(first.next);
    return wrapped(text + "\n", look);
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
    ShmCounters counted_still;
    size_t abandoned = 0;
    for (const ShmRegion& region : shown.regions) {
        if (is_abandoned(region)) {
            counted_still += region.totals;
            ++abandoned;
            continue;
        }
        add_region(table, region, look);
        coverage.merge(region.coverage);
    }
    if (abandoned < shown.regions.size()) text += table.render(look);
    text += abandoned_text(abandoned, counted_still, look) + coverage_lines(coverage, look) +
            unreadable_text(shown.unreadable, look);
    return text;
}

}  // namespace ttmem
