#include "src/views/text/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/model/process_command.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostLiveMatches = 8;
constexpr size_t kMostPastMatches = 3;
constexpr size_t kMostCbMatches = 5;

std::string heading(const Snapshot& s, const Allocation& a, const ChipNames& names, const Look& look) {
    const Process& process = s.process_of(a);
    const std::string chips =
        fmt::format("chip{} {}", s.place_of(a).chips.size() == 1 ? "" : "s", names.list(s.place_of(a).chips, process));
    std::string state = "live";
    if (standing_of(s, a) == Standing::kHeld) state = "held to the end";
    if (standing_of(s, a) == Standing::kReleased) state = "released";
    return look.paint(Tone::kBold, fmt::format("{}, {}, process {} ({}): {}", pool_name(a.pool), chips, process.pid,
                                               name_cell(command_of(process)), state)) +
           "\n";
}

std::string match_text(const Snapshot& s, const Match& match, const ChipNames& names, const Look& look) {
    std::string text = heading(s, s.allocations[match.allocation], names, look);
    for (const std::string& sentence : match.story) text += "  " + printable(sentence) + "\n";
    return text;
}

size_t live_matches(const Snapshot& s, const Explanation& explanation) {
    const auto& matches = explanation.matches;
    return static_cast<size_t>(std::count_if(matches.begin(), matches.end(), [&](const Match& match) {
        return standing_of(s, s.allocations[match.allocation]) == Standing::kLive;
    }));
}

// The live ones, which come first; without any, the newest few of the past. Then how many more there are.
std::string matches_text(const Snapshot& s, const Explanation& explanation, const Look& look) {
    const size_t all = explanation.matches.size(), live = live_matches(s, explanation);
    const size_t told = live != 0 ? std::min(live, kMostLiveMatches) : std::min(all, kMostPastMatches);
    const ChipNames names(s);
    std::string text;
    for (size_t i = 0; i < told; ++i) text += "\n" + match_text(s, explanation.matches[i], names, look);
    if (told < live) {
        text += fmt::format("\n{} it, too: --pid, --chip and --pool narrow, --json has all.\n",
                            counted(live - told, "more live block covers", "more live blocks cover"));
    }
    const size_t past = all - std::max(live, told);
    if (past != 0) {
        text +=
            fmt::format("\n{} of ended processes or closed devices covered it before: --pid narrows, --json has all.\n",
                        counted(past, "more block"));
    }
    return text;
}

std::string neighbour_text(const Snapshot& s, const Neighbours& n, DeviceAddress address) {
    const auto describe = [&](const Allocation& a) {
        const std::string op = a.op != 0 ? fmt::format(", op `{}`", name_cell(s.texts[a.op])) : "";
        return fmt::format("{} B at {}: {}{}, process {}", with_commas(a.bytes_per_bank), address_text(a.address.value),
                           class_name(a.allocation_class), op, s.process_of(a).pid);
    };
    std::string text;
    if (n.below) {
        const Allocation& a = s.allocations[*n.below];
        text += fmt::format("  {} below: {}, ends {} B before\n", pool_name(n.pool), describe(a),
                            with_commas(address.value - a.address.value - a.bytes_per_bank));
    }
    if (n.above) {
        const Allocation& a = s.allocations[*n.above];
        text += fmt::format("  {} above: {}, begins {} B after\n", pool_name(n.pool), describe(a),
                            with_commas(a.address.value - address.value));
    }
    return text;
}

// Cached programs begin at the same address, so there may be hundreds: the resident ones and a few more.
std::string cb_matches_text(const Snapshot& s, const std::vector<CbMatch>& matches, const Look& look) {
    std::string text;
    const ChipNames names(s);
    size_t told = 0;
    for (const CbMatch& match : matches) {
        if (told >= kMostCbMatches || (!match.is_live && told != 0)) break;
        const Program& program = s.programs[match.program];
        const Process& process = s.processes[program.process.value];
        const std::vector<ChipId>& chips = s.places[program.cbs[match.cbs].place.value].chips;
        text += "\n" +
                look.paint(Tone::kBold, fmt::format("circular buffer, chip{} {}, process {} ({}): {}",
                                                    chips.size() == 1 ? "" : "s", names.list(chips, process),
                                                    process.pid, name_cell(command_of(process)), match.state_name())) +
                "\n";
        for (const std::string& sentence : match.story) text += "  " + printable(sentence) + "\n";
        ++told;
    }
    if (told < matches.size()) {
        text +=
            fmt::format("\n{} cover{} it, too: --json has all.\n",
                        counted(matches.size() - told, "more circular buffer"), matches.size() - told == 1 ? "s" : "");
    }
    return text;
}

}  // namespace

std::string explain_text(const Snapshot& snapshot, const Explanation& explanation, const Look& look,
                         const std::string& moment) {
    std::string text =
        fmt::format("{} = {}\n", with_commas(explanation.address.value), hex64(explanation.address.value));
    text += moment_line(moment, "", look);
    text += matches_text(snapshot, explanation, look);
    text += cb_matches_text(snapshot, explanation.cb_matches, look);
    if (explanation.matches.empty()) text += "\nNo allocation that ttmem knows covers this address.\n";
    if (!explanation.no_bank.empty()) text += printable(explanation.no_bank) + "\n";
    if (!explanation.neighbours.empty()) {
        text += explanation.matches.empty() ? "" : "\nNo live allocation covers it.\n";
        text += "The live ones beside it, in each bank:\n";
        for (const Neighbours& n : explanation.neighbours) text += neighbour_text(snapshot, n, explanation.address);
    }
    const std::string coverage = coverage_lines(snapshot, look);
    return wrapped(text, look, "    ") + (coverage.empty() ? "" : "\n" + coverage);
}

}  // namespace ttmem
