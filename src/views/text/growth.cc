#include "src/views/text/growth.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/growth_words.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

const ProcessGrowth* process_of(const GrowthReport& report, uint32_t process) {
    for (const ProcessGrowth& of : report.processes) {
        if (of.process == process) return &of;
    }
    return nullptr;
}

uint64_t counted_iterations(const GrowthReport& report, uint32_t process) {
    const ProcessGrowth* of = process_of(report, process);
    return of == nullptr ? 0 : of->iterations - of->warm_up;
}

GrownIn grown_in(const GrowthValues& values, const OwnerGrowth& owner) {
    const uint64_t iterations = owner.outlived != 0            ? owner.outlived
                                : owner.grown.until_freed != 0 ? owner.grown.until_freed
                                                               : counted_iterations(values.report, owner.process);
    const std::string& called = values.recording.end.texts[owner.iterations_called];
    return {iterations, owner.outlived != 0 && !owner.too_few, name_of_kind(called, owner.iterations_numbered),
            owner.too_few};
}

// " of 50,040": those that the history lacks are counted there.
std::string of_all(const GrowthReport& report, uint64_t seen) {
    uint64_t missing = 0;
    for (const ProcessGrowth& of : report.processes) missing += of.iterations_missing;
    return missing == 0
               ? ""
               : fmt::format(" of the {} that ended; of the others there is no history", with_commas(seen + missing));
}

uint64_t grown_bytes(const Grown& grown) {
    return grown.last.reserved_bytes - std::min(grown.last.reserved_bytes, grown.first.reserved_bytes);
}

// "the program cache", "the program cache and traces": what programs may keep, but kept more of in each iteration.
std::string always_kept(const GrowthReport& report) {
    bool programs = false, traces = false;
    for (const ProcessGrowth& of : report.processes) {
        const uint64_t counted = of.iterations - of.warm_up;
        programs |= counted >= 3 && of.programs.grew_in == counted;
        traces |= of.piles_up_traces();
    }
    if (programs && traces) return "the program cache and the traces that live";
    return programs ? "the program cache" : traces ? "the traces that live" : "";
}

uint64_t iterations_ended(const Snapshot& tables) {
    uint64_t ended = 0;
    for (const Process& process : tables.processes) ended += process.iterations_ended;
    return ended;
}

bool has_no_level_for_it(const Snapshot& tables) {
    return std::any_of(tables.processes.begin(), tables.processes.end(), [](const Process& process) {
        return process.iterations_ended != 0 && process.level == "counts";
    });
}

const char* why_no_history(const Recording& recording) {
    if (has_no_level_for_it(recording.end)) return "TTMEM_LEVEL=counts keeps none; TTMEM_LEVEL=events does";
    if (std::any_of(recording.gaps.begin(), recording.gaps.end(), [](const HistoryGap& gap) { return gap.sampled; }))
        return "`ttmem record --every` looked at what is live; without --every it records them";
    if (recording.is_part && recording.gaps.empty())
        return "the recording begins after them; `ttmem run -o FILE` records a program from its start";
    return "it was overwritten; `ttmem run -o FILE` keeps it";
}

std::string verdict(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    if (const uint64_t ended = iterations_ended(values.recording.end); report.processes.empty() && ended != 0) {
        return fmt::format("{} ended, and there is no history of {}, so nothing is known to grow: {}.",
                           counted(ended, "iteration"), ended == 1 ? "it" : "them", why_no_history(values.recording));
    }
    if (report.processes.empty() && values.leaks.outcome(report.coverage) == LeakOutcome::kNone) {
        return "No iteration has ended, and nothing was made again and again and kept to the end: `ttmem leaks` finds "
               "no leak.";
    }
    if (report.processes.empty()) {
        return "No iteration has ended, so nothing is known to grow: mark them, or name an operation with `ttmem run "
               "--iterations-by`.";
    }
    if (report.owners.empty()) {
        uint64_t iterations = 0;
        for (const ProcessGrowth& of : report.processes) iterations += of.all_iterations;
        const std::string in = counted(iterations, "iteration") + of_all(report, iterations);
        const std::string kept = always_kept(report);
        return kept.empty() ? fmt::format("Nothing grew from iteration to iteration, in {}.", in)
                            : fmt::format("No tensor grew from iteration to iteration, in {}, but {} did.", in, kept);
    }
    const OwnerGrowth& most = report.owners.front();
    const GrownIn in = grown_in(values, most);
    const Snapshot& tables = values.recording.end;
    const bool replaced = most.grown.growth().allocations == 0;  // by larger ones: none of them stays
    const char* words = replaced                                       ? "grows by"
                        : most.grown.certainty == Certainty::kCertain  ? "leaks"
                        : most.grown.certainty == Certainty::kProbable ? "probably leaks"
                                                                       : "may leak";
    return fmt::format(
        "{} {} {} an iteration in {}: {}.", grower_words(tables.texts[most.op], tables.texts[most.tag], most.several),
        words, growth_rate_words(most.grown, in, look), pool_name(most.pool), growth_words(most.grown, in, look));
}

std::string owners_table(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    if (report.owners.empty()) return "";
    Table table({{"CERTAINTY"},
                 {"PID", Align::kRight},
                 {.title = "OP", .may_shorten = true},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true, .spare = 1},
                 {.title = "CLASS", .spare = 3},
                 {"POOL"},
                 {"GREW IN", Align::kRight},
                 {"PER ITERATION", Align::kRight},
                 {.title = "ALLOCATIONS", .align = Align::kRight, .spare = 2},
                 {"GREW BY", Align::kRight}});
    const size_t shown = values.limit == 0 ? report.owners.size() : std::min(values.limit, report.owners.size());
    for (size_t i = 0; i < shown; ++i) {
        const OwnerGrowth& owner = report.owners[i];
        const Grown& grown = owner.grown;
        const GrownIn in = grown_in(values, owner);
        const bool is_leak = grown.certainty != Certainty::kPossible;
        table.add(
            {Cell(std::string(certainty_name(grown.certainty)), is_leak ? Tone::kBad : Tone::kPlain),
             fmt::format("{}", values.recording.end.processes[owner.process].pid),
             text_cell(values.recording, owner.op), owner.tag != 0 ? text_cell(values.recording, owner.tag, 32) : "",
             std::string(class_name(owner.allocation_class)), std::string(pool_name(owner.pool)),
             fmt::format("{} of {}", with_commas(grown.grew_in), with_commas(in.iterations)),
             growth_rate_words(grown, in, look),
             "+" + with_commas(grown.last.allocations - std::min(grown.last.allocations, grown.first.allocations)),
             look.bytes(grown_bytes(grown))});
    }
    std::string text = "\n" + table.render(look);
    if (shown < report.owners.size()) {
        text += fmt::format("not shown: {} more (--limit 0 shows all)\n", with_commas(report.owners.size() - shown));
    }
    return text;
}

// "" where there is none of them.
std::string live_line(const std::string& begin, const char* what, const ProcessGrowth::Live& live,
                      uint64_t iterations) {
    if (live.first == 0 && live.last == 0) return "";
    if (live.last <= live.first)
        return fmt::format("\n{}{}, no more than after the warm-up.\n", begin, counted(live.last, what));
    return fmt::format("\n{}{} after the warm-up, {} at the end; it grew in {} of {}.\n", begin,
                       counted(live.first, what), with_commas(live.last), with_commas(live.grew_in),
                       counted(iterations, "iteration"));
}

// How the program cache grew, and what its programs hold; and the traces that nobody released.
std::string cache_text(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    std::string text, traces;
    for (const ProcessGrowth& of : report.processes) {
        const std::string process = fmt::format(" of process {}: ", values.recording.end.processes[of.process].pid);
        text += live_line("Program cache" + process, "program", of.programs, of.iterations - of.warm_up);
        traces += live_line("Traces" + process, "trace", of.traces, of.iterations - of.warm_up);
    }
    for (const OwnerGrowth& owner : report.pinned) {
        text += fmt::format("Kept with programs that {} compiled: {}, {} in {}, as tables of them are.\n",
                            grower_words(values.recording.end.texts[owner.op], "", false),
                            counted(owner.grown.last.allocations, "allocation"),
                            look.bytes(owner.grown.last.reserved_bytes), pool_name(owner.pool));
    }
    if (report.caches.empty()) return text + traces;
    if (text.empty()) text = "\n";
    Table table({{"PID", Align::kRight},
                 {"POOL"},
                 {"HELD BY PROGRAMS", Align::kRight},
                 {"ALLOCATIONS", Align::kRight},
                 {"GREW IN", Align::kRight},
                 {"GREW BY", Align::kRight}});
    for (const CacheGrowth& cache : report.caches) {
        table.add({fmt::format("{}", values.recording.end.processes[cache.process].pid),
                   std::string(pool_name(cache.pool)), look.bytes(cache.grown.last.reserved_bytes),
                   with_commas(cache.grown.last.allocations),
                   fmt::format("{} of {}", with_commas(cache.grown.grew_in),
                               with_commas(counted_iterations(report, cache.process))),
                   look.bytes(grown_bytes(cache.grown))});
    }
    return text + table.render(look) + traces;
}

std::string suppressed_text(const GrowthValues& values, const Look& look) {
    if (values.suppressed.empty()) return "";
    Table table({{"OWNERS", Align::kRight}, {"GREW BY", Align::kRight}, {"SUPPRESSED BY"}});
    for (const GrowthValues::Suppressed& s : values.suppressed) {
        table.add({with_commas(s.owners), look.bytes(s.grown.reserved_bytes), name_cell(s.line)});
    }
    return "\n" + table.render(look);
}

std::string leaked_text(const Sum& leaked, const Look& look) {
    if (leaked.allocations == 0) return "";
    return fmt::format("{} {}, {}, though no growth of it is certain: `ttmem leaks` lists what leaked\n",
                       look.paint(Tone::kWarning, "Leaked:"), counted(leaked.allocations, "allocation"),
                       look.bytes_text()(leaked.reserved_bytes));
}

std::string warm_up_text(const GrowthReport& report) {
    std::string text;
    for (const ProcessGrowth& of : report.processes) {
        if (of.enough()) continue;
        return "Fewer than three iterations after the warm-up: growth is possible at most, never certain.\n";
    }
    return text;
}

}  // namespace

std::string growth_text(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    if (values.recording.end.processes.empty()) {
        return nothing_text("Nothing is tracked: there is nothing that could grow.", report.coverage, look);
    }
    const std::string text = look.paint(Tone::kBold, verdict(values, look)) + "\n" + owners_table(values, look) +
                             cache_text(values, look) + suppressed_text(values, look) + "\n" + warm_up_text(report) +
                             leaked_text(values.leaked_beside, look) + not_judged_lines(values.leaks.judgement, look) +
                             recorded_line(values.recording);
    return wrapped_below(text, look) + coverage_lines(report.coverage, look);
}

}  // namespace ttmem
