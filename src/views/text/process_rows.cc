#include "src/views/text/process_rows.h"

#include <algorithm>

#include "src/base/text.h"
#include "src/model/process_command.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
std::string process_table(const std::vector<const Process*>& processes, WallTime now, const ChipNames& names,
                          const Look& look, bool is_past) {
    if (processes.empty()) return "";
    Table table({{"PID", Align::kRight},
                 {.title = "USER", .align = Align::kRight, .only_if_used = true},
                 {"STATE"},
                 {.title = "COMMAND", .may_shorten = true},
                 {.title = "TRACKED SINCE", .align = Align::kRight, .spare = 3},
                 {.title = "CHIPS", .may_shorten = true, .spare = 1},
                 {"DRAM", Align::kRight},
                 {"L1", Align::kRight},
                 {"L1_SMALL", Align::kRight, true},
                 {"TRACE", Align::kRight, true},
                 {"SYSTEM", Align::kRight, true},
                 {.title = "PEAK DRAM, ONE CHIP", .align = Align::kRight, .spare = 2}});
    const Users users(processes);
    bool unverified = false, ended = false;
    for (const Process* p : processes) {
        unverified |= p->state == ProcessState::kLive && !p->pid_verified;
        ended |= p->state != ProcessState::kLive;
        const std::string since = p->started_at ? age_text(now, *p->started_at) + (is_past ? " before" : " ago") : "-";
        table.add({pid_text(*p), users.of(*p), Cell(state_text(*p), tone_of_state(*p)), name_cell(command_of(*p)),
                   since, names.list(chips_of(*p), *p), use_text(*p, Pool::kDram, look), use_text(*p, Pool::kL1, look),
                   rare_use_text(*p, Pool::kL1Small, look), rare_use_text(*p, Pool::kTrace, look),
                   rare_use_text(*p, Pool::kSystem, look), look.bytes(largest_peak(*p, Pool::kDram))});
    }
    std::string below = "Reserved bytes, on all chips of the process together";
    below += ended ? "; of an ended process what it held at its end.\n" : ".\n";
    if (unverified) below += "? the pid is what the process says; it may be that of a container\n";
    return table.render(look) + wrapped(below, look);
}

std::string state_text(const Process& process) {
    // Killed, or ended by _exit: its ledger cannot tell.
    if (process.state == ProcessState::kKilled) return "no cleanup";
    return std::string(process_state_name(process.state));
}

Tone tone_of_state(const Process& process) {
    switch (process.state) {
        case ProcessState::kLive:
            return Tone::kGood;
        case ProcessState::kExited:
            return Tone::kDim;
        case ProcessState::kKilled:
            return Tone::kWarning;
    }
    return Tone::kPlain;
}

std::vector<ChipId> chips_of(const Process& process) {
    std::vector<ChipId> ids;
    for (const ChipUse& use : process.chips) ids.push_back(use.chip.id);
    return ids;
}

std::optional<Interval> largest_peak(const Process& process, Pool pool) {
    std::optional<Interval> largest;
    for (const ChipUse& use : process.chips) {
        const std::optional<Interval>& peak = use.pool(pool).peak_reserved;
        if (!peak) continue;
        if (!largest) largest = Interval{};
        largest->low = std::max(largest->low, peak->low);
        largest->high = std::max(largest->high, peak->high);
    }
    return largest;
}

std::string use_text(const Process& process, Pool pool, const Look& look) {
    const bool is_bound = std::any_of(process.chips.begin(), process.chips.end(),
                                      [=](const ChipUse& use) { return use.pool(pool).is_bound; });
    return look.at_least(is_bound, look.bytes(reserved_on_all_chips(process, pool)));
}

std::string rare_use_text(const Process& process, Pool pool, const Look& look) {
    const std::optional<uint64_t> bytes = reserved_on_all_chips(process, pool);
    return bytes && *bytes == 0 ? "" : use_text(process, pool, look);
}

std::optional<uint64_t> reserved_on_all_chips(const Process& process, Pool pool) {
    uint64_t sum = 0;
    for (const ChipUse& use : process.chips) {
        if (!use.pool(pool).reserved_bytes) return std::nullopt;
        sum = saturating_add(sum, *use.pool(pool).reserved_bytes);
    }
    return sum;
}

Users::Users(const std::vector<const Process*>& processes) {
    for (const Process* process : processes) see(*process);
}
Users::Users(const Snapshot& snapshot) {
    for (const Process& process : snapshot.processes) see(process);
}
void Users::see(const Process& process) {
    several_ |= first_ && *first_ != process.uid;
    first_ = process.uid;
}
std::string Users::of(const Process& process) const { return several_ ? std::to_string(process.uid) : ""; }
std::string Users::in_words(const Process& process) const {
    return several_ ? " of user " + std::to_string(process.uid) : "";
}

std::string pid_text(const Process& process) {
    const bool doubtful = process.state == ProcessState::kLive && !process.pid_verified;
    return std::to_string(process.pid) + (doubtful ? "?" : "");
}

}  // namespace ttmem
