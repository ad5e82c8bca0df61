#include "src/views/text/fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/model/process_note.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/fit_search.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostShares = 3, kMostRemedies = 2;

std::string settings_cell(const FitRun& run) {
    std::string text;
    for (const auto& [name, value] : run.settings) text += (text.empty() ? "" : ", ") + name + " " + printable(value);
    return text;
}

std::string names_with(const FitValues& values, FitVerdict verdict) {
    std::string text;
    for (const FitRun& run : values.runs)
        if (!run.interrupted && run.fit.verdict == verdict) text += (text.empty() ? "" : "; ") + fit_run_name(run);
    return text;
}

std::string names_interrupted(const FitValues& values) {
    std::string text;
    for (const FitRun& run : values.runs)
        if (run.interrupted) text += (text.empty() ? "" : "; ") + fit_run_name(run);
    return text;
}

// The verdict on all: what does not fit first.
std::string verdict_lines(const FitValues& values, const Look& look) {
    std::string text;
    const auto add = [&](FitVerdict verdict, Tone tone, const char* words) {
        if (const std::string names = names_with(values, verdict); !names.empty())
            text += look.paint(tone, words) + " " + names + ".\n";
    };
    add(FitVerdict::kDoesNotFit, Tone::kBad, "Does not fit:");
    add(FitVerdict::kUnknown, Tone::kWarning, "Cannot be told:");
    add(FitVerdict::kFits, Tone::kGood, "Fits:");
    if (const std::string names = names_interrupted(values); !names.empty()) text += "Had not ended: " + names + ".\n";
    return text;
}

std::string peak_text_of(const FitPool& pool, const Look& look) {
    if (pool.exact()) return look.bytes(pool.peak_bytes);
    return pool.peak_bytes_max ? look.bytes(Interval{pool.peak_bytes, *pool.peak_bytes_max})
                               : ">= " + look.bytes(pool.peak_bytes);
}

// As certain as the peak: "<=" where its lower end is nothing.
std::string headroom_text_of(const FitPool& pool, const Look& look) {
    if (pool.headroom && !pool.peak_bytes_max) return "<= " + look.bytes(pool.headroom->high);
    return look.bytes(pool.headroom);
}

// In all banks, as it is asked for.
std::string free_text_of(const FitPool& pool, const Look& look) {
    if (!pool.largest_free_per_bank || pool.banks == 0) return "-";
    const Interval& free = *pool.largest_free_per_bank;
    if (free.low == 0 && free.high != 0) return "<= " + look.bytes(saturating_multiply(free.high, pool.banks));
    return look.bytes(
        std::optional(Interval{saturating_multiply(free.low, pool.banks), saturating_multiply(free.high, pool.banks)}));
}

// "ttnn.rand 62.1%, ttnn.add 31.0%, others 6.9%": they add up to the peak as far as percents do.
std::string made_of(const Fit& fit, const FitPool& pool) {
    std::string text;
    uint64_t all = 0, shown = 0;
    for (const LiveShare& share : pool.ops) all += share.sum.reserved_bytes;
    for (size_t i = 0; i < std::min(kMostShares, pool.ops.size()); ++i) {
        const LiveShare& share = pool.ops[i];
        const std::string& name = fit.names[share.op];
        text += fmt::format("{}{} {}", i == 0 ? "" : ", ", name.empty() ? "(no operation)" : name_cell(name, 32),
                            percent(share.sum.reserved_bytes, all));
        shown += share.sum.reserved_bytes;
    }
    if (shown < all) text += ", others " + percent(all - shown, all);
    return text;
}

std::string pools_table_of(const FitValues& values, const std::vector<size_t>& shown, const Look& look) {
    Table table({{"MACHINE"},
                 {.title = "SETTINGS", .only_if_used = true},
                 {"POOL"},
                 {"PEAK", Align::kRight},
                 {"CAPACITY", Align::kRight},
                 {"FULL", Align::kRight},
                 {"HEADROOM", Align::kRight},
                 {.title = "LARGEST FREE", .align = Align::kRight, .spare = 3},
                 {.title = "CHIPS", .align = Align::kRight, .spare = 2},
                 {.title = "AT THE PEAK", .may_shorten = true, .spare = 1, .is_list = true}});
    bool any = false;
    for (const size_t number : shown) {
        const FitRun& run = values.runs[number];
        for (const FitPool& pool : run.fit.pools) {
            any = true;
            table.add({name_cell(run.machine), settings_cell(run), std::string(pool_name(pool.pool)),
                       peak_text_of(pool, look), look.bytes(pool.capacity_bytes),
                       percent(pool.peak_bytes, pool.capacity_bytes), headroom_text_of(pool, look),
                       free_text_of(pool, look), with_commas(pool.chips), made_of(run.fit, pool)});
        }
    }
    return any ? "\n" + table.render(look) : "";
}

// What programs needed of a core with their circular buffers, which no pool has.
std::string cores_table_of(const FitValues& values, const std::vector<size_t>& shown, const Look& look) {
    Table table({{"MACHINE"},
                 {.title = "SETTINGS", .only_if_used = true},
                 {"FULLEST CORE", Align::kRight},
                 {"OF", Align::kRight},
                 {"FULL", Align::kRight},
                 {"CIRCULAR BUFFERS", Align::kRight},
                 {"BUFFERS", Align::kRight},
                 {.title = "OPERATION", .may_shorten = true}});
    bool any = false;
    for (const size_t number : shown) {
        const FitRun& run = values.runs[number];
        if (!run.fit.core || run.fit.core->event == 0) continue;
        const CoreNeed& need = *run.fit.core;
        any = true;
        table.add({name_cell(run.machine), settings_cell(run), look.at_least(need.is_low(), look.bytes(need.bytes())),
                   look.bytes(need.core_bytes), percent(need.bytes(), need.core_bytes), look.bytes(need.cbs.bytes),
                   look.bytes(need.buffer_bytes), name_cell(run.fit.names[need.op])});
    }
    return any ? "\n" + table.render(look) : "";
}

std::string why_lines_of(const Fit& fit, const Look& look) {
    std::string text = printable(fit.reason) + "\n";
    if (fit.failure) {
        const FailureExplanation& why = fit.failure->explanation;
        if (!fit.operation.empty()) {
            text += "  operation: " + name_cell(fit.operation, 120);
            text += (fit.inside.empty() ? "" : ", in " + name_cell(fit.inside, 120)) + "\n";
        }
        for (const std::string* sentence : {&why.asked, &why.had, &why.limit})
            if (!sentence->empty()) text += "  " + printable(*sentence) + "\n";
        if (why.missing_bytes) {
            text += fmt::format("  missing: {}{}\n", why.missing_is_bound ? ">= " : "", look.bytes(why.missing_bytes));
        } else if (why.missing_per_bank) {
            const bool is_of_core = fit.failure->figures().buffer_type.empty();  // circular buffers
            text += fmt::format("  missing: {} {}\n", look.bytes(why.missing_per_bank),
                                is_of_core ? "on each core" : "in each bank");
        }
        for (size_t i = 0; i < std::min(kMostRemedies, why.remedies.size()); ++i)
            text += "  next: " + printable(why.remedies[i].text) + "\n";
    }
    return text;
}

// Of those that do not fit, or of which it cannot be told: what is the same of several is said once.
std::string why_lines(const FitValues& values, const std::vector<size_t>& shown, const Look& look) {
    std::vector<std::pair<std::string, std::vector<size_t>>> told;
    for (const size_t number : shown) {
        if (values.runs[number].fit.verdict == FitVerdict::kFits || values.runs[number].interrupted) continue;
        std::string why = why_lines_of(values.runs[number].fit, look);
        const auto same = std::find_if(told.begin(), told.end(), [&](const auto& one) { return one.first == why; });
        if (same != told.end()) {
            same->second.push_back(number);
        } else {
            told.emplace_back(std::move(why), std::vector{number});
        }
    }
    std::string text;
    for (const auto& [why, numbers] : told) {
        std::string names, logs;
        for (const size_t number : numbers) {
            const FitRun& run = values.runs[number];
            names += (names.empty() ? "" : run.settings.size() < 2 ? ", " : "; ") + fit_run_name(run);
            if (!run.log.empty()) logs += "  log: " + printable(run.log) + "\n";
        }
        text += wrapped("\n" + names + ": " + why + logs, look);
    }
    return text;
}

}  // namespace

std::string fit_run_name(const FitRun& run) { return fit_name(run.machine, run.settings); }

std::string fit_text(const FitValues& values, const Look& look) {
    std::vector<size_t> shown = decisive_runs(values);
    if (values.searches.empty())
        for (size_t run = 0; run < values.runs.size(); ++run) shown.push_back(run);
    std::string text = values.interrupted ? look.paint(Tone::kWarning, "Interrupted.") + " Known so far:\n" : "";
    text += values.searches.empty() ? verdict_lines(values, look) : search_lines(values, look);
    text = wrapped(text, look) + pools_table_of(values, shown, look) + cores_table_of(values, shown, look);
    text += why_lines(values, shown, look);
    text += "\n" + wrapped(tried_lines(values), look);
    Coverage coverage;
    for (const FitRun& run : values.runs) coverage.merge(run.fit.coverage);
    std::erase_if(coverage.notes, [](const std::string& note) { return !words_of_mock(note).empty(); });  // said below
    return text +
           wrapped(
               "Peaks are reserved bytes of the fullest chip. On a mock kernel binaries count as 2 KiB, dispatch and "
               "fabric not at all, and no result is real: a program that branches on results may need more.\n",
               look) +
           (coverage.complete ? "" : coverage_lines(coverage, look));
}

}  // namespace ttmem
