#include "src/views/text/info.h"

#include <fmt/format.h>

#include <map>

#include "src/analysis/snapshot/programs.h"
#include "src/analysis/snapshot/select.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostProcesses = 50, kMostGaps = 10;

std::string verdict(const InfoValues& values, const Look& look) {
    const CaptureFacts& facts = values.facts;
    const std::string what =
        fmt::format("{}: {} of {} in {}", printable(facts.path), counted(values.recording.events, "event"),
                    counted(values.recording.end.processes.size(), "process", "processes"), look.bytes(facts.bytes));
    if (!facts.finished || !facts.trouble.empty()) {
        return look.paint(Tone::kWarning, "Not whole: ") + what +
               fmt::format(", of which {} can be read.\n", look.bytes(facts.readable_bytes));
    }
    if (!values.recording.gaps.empty()) return what + ", with gaps.\n";
    const Coverage& coverage = values.recording.end.coverage;  // what it lacks is said below
    if (values.recording.end.processes.empty()) return what + ": nothing was recorded.\n";
    return what + (coverage.complete && coverage.events_lost == 0 ? ", with nothing lost.\n" : ".\n");
}

std::string times(const InfoValues& values) {
    const Recording& recording = values.recording;
    if (recording.began_at == 0) return "";
    std::string text = "Recorded from " + rfc3339(recording.began_at);
    if (recording.ended_at > recording.began_at) {
        text += fmt::format(" to {}, {}", rfc3339(recording.ended_at),
                            human_duration(recording.ended_at - recording.began_at));
    }
    return text + ".\n";
}

std::string count_cell(uint64_t count) { return count == 0 ? "" : with_commas(count); }

// "8 chips of wormhole_b0.", as its processes opened them.
std::string machine(const InfoValues& values) {
    std::map<ChipId, std::string> chips;
    for (const Process& process : values.recording.end.processes) {
        for (const ChipUse& use : process.chips) chips[use.chip.id] = use.chip.arch;
    }
    std::map<std::string, size_t> of_arch;
    for (const auto& [id, arch] : chips) ++of_arch[arch];
    std::string text;
    for (const auto& [arch, count] : of_arch)
        text += (text.empty() ? "" : ", ") + counted(count, "chip") + (arch.empty() ? "" : " of " + printable(arch));
    return text.empty() ? "" : text + ".\n";
}

std::string process_rows(const InfoValues& values, const Look& look) {
    const Snapshot& end = values.recording.end;
    std::map<uint32_t, uint64_t> before, live, held, released;  // by process
    for (const Allocation& a : values.recording.live_before) ++before[a.process.value];
    for (const Allocation& a : end.allocations) {
        const Standing standing = standing_of(end, a);
        ++(standing == Standing::kLive ? live : standing == Standing::kHeld ? held : released)[a.process.value];
    }
    Table table({{"PID", Align::kRight},
                 {"STATE"},
                 {.title = "LEVEL", .spare = 1},
                 {"LIVE BEFORE", Align::kRight},
                 {"LIVE AT THE END", Align::kRight},
                 {.title = "HELD AT EXIT", .align = Align::kRight, .only_if_used = true},
                 {.title = "RELEASED BY CLOSE", .align = Align::kRight, .only_if_used = true},
                 {.title = "ITERATIONS", .align = Align::kRight, .only_if_used = true},
                 {.title = "COMMAND", .may_shorten = true}});
    for (uint32_t i = 0; i < end.processes.size() && i < kMostProcesses; ++i) {
        const Process& process = end.processes[i];
        table.add({std::to_string(process.pid), state_text(process), process.level, with_commas(before[i]),
                   with_commas(live[i]), count_cell(held[i]), count_cell(released[i]),
                   count_cell(process.iterations_begun),
                   printable(process.command_line.empty() ? process.comm : process.command_line)});
    }
    if (end.processes.empty()) return "";
    std::string text = table.render(look);
    if (end.processes.size() > kMostProcesses) {
        text += fmt::format("{} more; --json lists all.\n", with_commas(end.processes.size() - kMostProcesses));
    }
    return text;
}

std::string gap_lines(const InfoValues& values, const Look& look) {
    const Recording& recording = values.recording;
    std::string text;
    for (size_t i = 0; i < recording.gaps.size() && i < kMostGaps; ++i) {
        const HistoryGap& gap = recording.gaps[i];
        text += look.paint(Tone::kWarning, "Gap:") +
                fmt::format(" process {}, {}", recording.end.processes[gap.process.value].pid,
                            gap.events == 0 ? "some events" : counted(gap.events, "event"));
        if (gap.to != 0) text += fmt::format(" until {}", rfc3339(gap.to));
        text += ": " + printable(gap.why) + ".\n";
    }
    if (recording.gaps.size() > kMostGaps) {
        text += fmt::format("{} more; --json lists all.\n", counted(recording.gaps.size() - kMostGaps, "gap"));
    }
    return text;
}

// How much it is: what an answer reads, and what was live at its end.
std::string sizes(const InfoValues& values, const Look& look) {
    const Snapshot& end = values.recording.end;
    const double per_event = values.recording.events == 0 ? 0
                                                          : static_cast<double>(values.facts.event_bytes) /
                                                                static_cast<double>(values.recording.events);
    return fmt::format("Its events take {} ({:.1f} B each); of its end it has {} and {}.\n",
                       look.bytes(values.facts.event_bytes), per_event, counted(end.allocations.size(), "allocation"),
                       counted(select_programs(end).size(), "live program"));
}

}  // namespace

std::string info_text(const InfoValues& values, const Look& look) {
    const std::string text = verdict(values, look) + times(values) + machine(values) + process_rows(values, look) +
                             sizes(values, look) + gap_lines(values, look);
    return wrapped_below(text, look) + coverage_lines(values.recording.end.coverage, look);
}

}  // namespace ttmem
