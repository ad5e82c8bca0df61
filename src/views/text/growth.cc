#include "src/views/text/growth.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/growth_words.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
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
    return {iterations, owner.outlived != 0, values.recording.end.texts[owner.iterations_called]};
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

std::string verdict(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    if (report.processes.empty()) {
        return "No iteration has ended, so nothing is known to grow: mark them, or name an operation with `ttmem run "
               "--iterations-by`.";
    }
    if (report.owners.empty()) {
        uint64_t iterations = 0;
        for (const ProcessGrowth& of : report.processes) iterations += of.iterations;
        return fmt::format("Nothing grew from iteration to iteration, in {}{}.", counted(iterations, "iteration"),
                           of_all(report, iterations));
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

// How the program cache grew, and what its programs hold.
std::string cache_text(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    std::string text;
    for (const ProcessGrowth& of : report.processes) {
        if (of.programs_first == 0 && of.programs_last == 0) continue;
        text += fmt::format("\nProgram cache of process {}: ", values.recording.end.processes[of.process].pid);
        text += of.programs_last > of.programs_first
                    ? fmt::format("{} after the warm-up, {} at the end; it grew in {} of {}.\n",
                                  counted(of.programs_first, "program"), with_commas(of.programs_last),
                                  with_commas(of.programs_grew_in), counted(of.iterations - of.warm_up, "iteration"))
                    : fmt::format("{}, no more than after the warm-up.\n", counted(of.programs_last, "program"));
    }
    if (report.caches.empty()) return text;
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
    return text + table.render(look);
}

std::string suppressed_text(const GrowthValues& values, const Look& look) {
    if (values.suppressed.empty()) return "";
    Table table({{"OWNERS", Align::kRight}, {"GREW BY", Align::kRight}, {"SUPPRESSED BY"}});
    for (const GrowthValues::Suppressed& s : values.suppressed) {
        table.add({with_commas(s.owners), look.bytes(s.grown.reserved_bytes), name_cell(s.line)});
    }
    return "\n" + table.render(look);
}

std::string warm_up_text(const GrowthReport& report) {
    std::string text;
    for (const ProcessGrowth& of : report.processes) {
        if (of.iterations - of.warm_up >= 3) continue;
        return "Fewer than three iterations after the warm-up: growth is possible at most, never certain.\n";
    }
    return text;
}

}  // namespace

std::string growth_text(const GrowthValues& values, const Look& look) {
    const GrowthReport& report = values.report;
    if (values.recording.end.processes.empty()) {
        return "Nothing is tracked: there is nothing that could grow.\n" + coverage_lines(report.coverage, look);
    }
    const std::string text = look.paint(Tone::kBold, verdict(values, look)) + "\n" + owners_table(values, look) +
                             cache_text(values, look) + suppressed_text(values, look) + "\n" + warm_up_text(report) +
                             recorded_line(values.recording);
    return wrapped_below(text, look) + coverage_lines(report.coverage, look);
}

}  // namespace ttmem
