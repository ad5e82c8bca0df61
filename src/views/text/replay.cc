#include "src/views/text/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostReplayedRows = 12, kMostToldFailures = 3;

const ArenaOutcome& outcome_of(const ReplayValues& values, const ReplayedArena& arena) {
    return arena.outcomes[static_cast<size_t>(values.what_if.settings.policy)];
}
FitPolicy other_than(FitPolicy policy) {
    return policy == FitPolicy::kFirstFit ? FitPolicy::kBestFit : FitPolicy::kFirstFit;
}
const ArenaOutcome& other_outcome_of(const ReplayValues& values, const ReplayedArena& arena) {
    return arena.outcomes[static_cast<size_t>(other_than(values.what_if.settings.policy))];
}

std::string arena_name(const ReplayValues& values, const ReplayedArena& arena) {
    return fmt::format("{} of {}", pool_name(arena.pool),
                       chips_text(values.recording, values.recording.end.places[arena.place].chips));
}

// "`matmul` (kv_cache)", "a program's memory"
std::string asker(const Recording& recording, const LiveBlock& block) {
    const std::string op = printable(recording.end.texts[block.op]), tag = printable(recording.end.texts[block.tag]);
    std::string name =
        op.empty() ? fmt::format("memory of class {}", class_name(block.allocation_class)) : "`" + op + "`";
    return tag.empty() ? name : name + " (" + tag + ")";
}

uint64_t sum_of(const WhatIf& what_if, uint64_t ReplayedArena::*figure) {
    uint64_t sum = 0;
    for (const ReplayedArena& arena : what_if.arenas) sum += arena.*figure;
    return sum;
}

uint64_t failed_under(const WhatIf& what_if, FitPolicy policy) {
    uint64_t failed = 0;
    for (const ReplayedArena& arena : what_if.arenas) failed += arena.outcomes[static_cast<size_t>(policy)].failed;
    return failed;
}

const PolicyClashes& clashes_under(const WhatIf& what_if, FitPolicy policy) {
    return what_if.clashes[static_cast<size_t>(policy)];
}

// "3 allocations fail and 1 dispatch clashes with L1 buffers"; "" nothing.
std::string troubles(const WhatIf& what_if, FitPolicy policy) {
    const uint64_t failed = failed_under(what_if, policy), clashes = clashes_under(what_if, policy).clashes;
    std::string text = failed == 0 ? "" : counted(failed, "allocation") + (failed == 1 ? " fails" : " fail");
    if (clashes == 0) return text;
    if (!text.empty()) text += " and ";
    return text + counted(clashes, "launch of a program", "launches of programs") +
           (clashes == 1 ? " clashes" : " clash") + " with L1 buffers";
}

std::string replay_verdict(const ReplayValues& values) {
    const WhatIf& what_if = values.what_if;
    const std::string with = values.asked.empty() ? "" : "With " + printable(values.asked) + " ";
    const std::string trouble = troubles(what_if, what_if.settings.policy);
    switch (what_if.verdict()) {
        case WhatIfVerdict::kFits:
            return with + (with.empty() ? "It all fits." : "it all fits.");
        case WhatIfVerdict::kDoesNotFit:
            return with + (with.empty() ? "It does not fit: " : "it does not fit: ") + trouble + ".";
        case WhatIfVerdict::kUnknown:
            break;
    }
    if (trouble.empty() && what_if.exact()) {
        return with + (with.empty() ? "All" : "all") +
               " that was recorded fits, also what had failed; what would have come after the failure is not known "
               "(`ttmem fit` runs it).";
    }
    return with + (with.empty() ? "Whether it fits cannot be told: " : "it cannot be told whether it fits: ") +
           (trouble.empty() ? "it does in the model" : "in the model " + trouble) +
           (what_if.follows_record() ? ", with blocks as large as they may be there."
                                     : ", but the model does not follow the record.");
}

std::string trust(const WhatIf& what_if) {
    const uint64_t asked = sum_of(what_if, &ReplayedArena::allocations);
    const uint64_t same = sum_of(what_if, &ReplayedArena::reproduced);
    std::string text = fmt::format(
        "Replayed with the settings of the record, {} of {} allocations get the addresses that they have in it",
        with_commas(same), with_commas(asked));
    if (what_if.exact())
        return text + (what_if.failed_then == 0 ? ": the answer is exact.\n" : ": it is exact as far as it goes.\n");
    if (what_if.follows_record()) {
        return text +
               fmt::format(". On the other banks {} take other bytes, within bounds: the table has the larger ones.\n",
                           counted(sum_of(what_if, &ReplayedArena::rescaled), "block"));
    }
    const uint64_t before = sum_of(what_if, &ReplayedArena::there_before);
    const uint64_t over = sum_of(what_if, &ReplayedArena::overlapping);
    text += ".";
    if (over != 0)
        text += fmt::format(" {} lay on others or outside of the banks that are known.", counted(over, "block"));
    if (before != 0)
        text += fmt::format(" {} there when the recording began.", counted(before, "block was", "blocks were"));
    return text + " The answer is a bound.\n";
}

std::string arenas_table(const ReplayValues& values, const Look& look) {
    const FitPolicy policy = values.what_if.settings.policy;
    const std::string other = policy == FitPolicy::kFirstFit ? "BEST FIT" : "FIRST FIT";
    Table table({{.title = "CHIPS", .may_shorten = true},
                 {.title = "PLACE", .may_shorten = true},
                 {"POOL"},
                 {"PER BANK", Align::kRight},
                 {"PEAK", Align::kRight},
                 {.title = "FREE THEN", .align = Align::kRight, .spare = 1},
                 {"LARGEST", Align::kRight},
                 {"FAILED", Align::kRight},
                 {.title = other + ": LARGEST", .align = Align::kRight, .spare = 3},
                 {.title = other + ": FAILED", .align = Align::kRight, .spare = 2},
                 {.title = "SAME PLACE", .align = Align::kRight, .spare = 4}});
    size_t shown = 0;
    for (const ReplayedArena& arena : values.what_if.arenas) {
        if (++shown > kMostReplayedRows) break;
        const ArenaOutcome &outcome = outcome_of(values, arena), &otherwise = other_outcome_of(values, arena);
        table.add({chip_list(values.recording, values.recording.end.places[arena.place].chips),
                   name_cell(place_text(values.recording.end.places[arena.place])), std::string(pool_name(arena.pool)),
                   look.bytes(arena.arena.bytes()), look.bytes(outcome.peak.used), look.bytes(outcome.peak.free),
                   look.bytes(outcome.peak.largest_free),
                   Cell(with_commas(outcome.failed), outcome.failed != 0 ? Tone::kBad : Tone::kPlain),
                   look.bytes(otherwise.peak.largest_free), with_commas(otherwise.failed),
                   fmt::format("{} of {}", with_commas(arena.reproduced), with_commas(arena.allocations))});
    }
    std::string text = table.render(look);
    if (shown > kMostReplayedRows)
        text += fmt::format("not shown: {} more; --json has all\n", values.what_if.arenas.size() - kMostReplayedRows);
    return text;
}

// What keeps the free bytes apart.
std::string splitter_text(const ReplayValues& values, const SpaceMoment& moment, const Look& look) {
    if (!moment.splitter) return "";
    const LiveBlock& block = moment.splitter->of.block;
    return fmt::format("{} splits the space most: {} at {}, since {}; without it {} would be in one piece.",
                       asker(values.recording, block), look.bytes(block.bytes_per_bank),
                       address_text(moment.splitter->of.address), since_begin(values.recording, block.since),
                       look.bytes(moment.splitter->would_be));
}

std::string failure_text(const ReplayValues& values, const ReplayedArena& arena, const ReplayedFailure& failure,
                         const Look& look) {
    const SpaceMoment& moment = failure.moment;
    std::string text = fmt::format(
        "- {}, at {}: {} asks {} for {} of each bank; {} of {} are free, the largest free block is {}. ",
        failure.recorded ? "Failed then, and here" : "Fails", since_begin(values.recording, moment.at),
        asker(values.recording, failure.asked), arena_name(values, arena), look.bytes(failure.asked.bytes_per_bank),
        look.bytes(moment.free), look.bytes(arena.arena.bytes()), look.bytes(moment.largest_free));
    text += failure.fits_compacted() ? "Moved together, it would fit." : "Moved together, it would not fit either.";
    const std::string splitter = splitter_text(values, moment, look);
    return text + (splitter.empty() ? "" : " ") + splitter + "\n";
}

std::string failures_text(const ReplayValues& values, const Look& look) {
    std::string text;
    uint64_t left_out = 0;
    std::set<std::tuple<uint32_t, uint32_t, uint64_t>> told;  // the same again is one of those that are not told
    for (const ReplayedArena& arena : values.what_if.arenas) {
        const ArenaOutcome& outcome = outcome_of(values, arena);
        left_out += outcome.failed;
        for (const ReplayedFailure& failure : outcome.failures) {
            const LiveBlock& asked = failure.asked;
            if (told.size() == kMostToldFailures || !told.emplace(asked.op, asked.tag, asked.bytes_per_bank).second)
                continue;
            text += failure_text(values, arena, failure, look);
            --left_out;
        }
    }
    if (left_out != 0) text += fmt::format("- and {} more.\n", with_commas(left_out));
    return text.empty() ? "" : "\n" + text;
}

std::string clashes_text(const ReplayValues& values, const Look& look) {
    const PolicyClashes& clashes = clashes_under(values.what_if, values.what_if.settings.policy);
    if (clashes.clashes == 0) return "";
    const ReplayedClash& first = clashes.first.front();
    const std::string op = printable(values.recording.end.texts[first.op]);
    std::string text = fmt::format("\n- {} at {}: {} has circular buffers up to {}, {} above ",
                                   first.recorded ? "Clashed then, and here," : "Clashes",
                                   since_begin(values.recording, first.at), op.empty() ? "a program" : "`" + op + "`",
                                   with_commas(first.reach), look.bytes(first.reach - first.lowest));
    if (first.buffer) {
        text += fmt::format("where the lowest L1 buffer begins ({}, {} of each bank, at {}).\n",
                            asker(values.recording, first.buffer->block),
                            look.bytes(first.buffer->block.bytes_per_bank), with_commas(first.lowest));
    } else {
        text += fmt::format("the end of L1 at {}.\n", with_commas(first.lowest));
    }
    if (clashes.clashes > 1) text += fmt::format("- and {} more.\n", counted(clashes.clashes - 1, "clash", "clashes"));
    return text;
}

// Of the fullest arena that does fit.
std::string peak_splitter(const ReplayValues& values, const Look& look) {
    for (const ReplayedArena& arena : values.what_if.arenas) {
        const ArenaOutcome& outcome = outcome_of(values, arena);
        if (outcome.failed != 0 || !outcome.peak.splitter) continue;
        return fmt::format("At the peak of {} ", arena_name(values, arena)) +
               splitter_text(values, outcome.peak, look) + "\n";
    }
    return "";
}

std::string against_other_policy(const ReplayValues& values) {
    const FitPolicy asked = values.what_if.settings.policy, other = other_than(asked);
    const std::string name = other == FitPolicy::kBestFit ? "Best fit" : "First fit";
    const std::string trouble = troubles(values.what_if, other), here = troubles(values.what_if, asked);
    if (trouble == here)
        return name + (trouble.empty() ? " would do as well" : " would do no better: " + trouble) + ".\n";
    return name + (trouble.empty() ? " would do: all of it fits then" : " would be another matter: " + trouble) + ".\n";
}

}  // namespace

std::string replay_text(const ReplayValues& values, const Look& look) {
    const WhatIf& what_if = values.what_if;
    if (values.recording.end.processes.empty())
        return nothing_text("Nothing is tracked: there is nothing to replay.", what_if.coverage, look);
    if (what_if.arenas.empty()) {
        return "Nothing was allocated on a device: there is nothing to replay.\n" + recorded_line(values.recording) +
               coverage_lines(what_if.coverage, look);
    }
    std::string text =
        wrapped(look.paint(Tone::kBold, replay_verdict(values)) + "\n", look) + "\n" + arenas_table(values, look);
    text += wrapped(failures_text(values, look) + clashes_text(values, look), look);
    text += "\n" + wrapped(peak_splitter(values, look) + against_other_policy(values) + trust(what_if), look);
    return text + "\n" + recorded_line(values.recording) + coverage_lines(what_if.coverage, look);
}

}  // namespace ttmem
