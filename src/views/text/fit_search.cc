#include "src/views/text/fit_search.h"

#include <fmt/format.h>

#include <tuple>

#include "src/base/text.h"

namespace ttmem {
namespace {

const FitRun& run_at(const FitValues& values, const FitSearched& searched, uint64_t position) {
    return values.runs[searched.tried.at(position)];
}

std::string value_at(const FitValues& values, const FitSearched& searched, uint64_t position) {
    return printable(run_at(values, searched, position).settings.back().second);
}

// "1 to 1024": the smallest value that was tried, and the largest.
std::string range_tried(const FitValues& values, const FitSearched& searched) {
    const std::string first = value_at(values, searched, searched.tried.begin()->first);
    const std::string last = value_at(values, searched, searched.tried.rbegin()->first);
    return first == last ? first : first + " to " + last;
}

// " (`ttnn.zeros`: 1.50 GiB of DRAM missing at that point)": of what does not fit, as far as it is known. More may have
// been asked for later.
std::string why_not(const Fit& fit, const Look& look) {
    std::string missing;
    if (fit.failure) {
        const FailureExplanation& why = fit.failure->explanation;
        const std::string& pool = fit.failure->figures().buffer_type;  // "" of circular buffers
        const std::string of_pool = pool.empty() ? "" : " of " + printable(pool);
        const char* where = why.missing_bytes ? "" : pool.empty() ? " on each core" : " in each bank";
        if (why.missing_bytes || why.missing_per_bank) {
            missing =
                fmt::format("{}{}{} missing{} at that point", why.missing_is_bound ? "at least " : "",
                            look.bytes(why.missing_bytes ? why.missing_bytes : why.missing_per_bank), of_pool, where);
        }
    }
    std::string text = fit.operation.empty() ? "" : "`" + name_cell(fit.operation, 60) + "`";
    if (!text.empty() && !missing.empty()) text += ": ";
    text += missing;
    return text.empty() ? "" : " (" + text + ")";
}

std::string none_line(const FitValues& values, const FitSearched& searched, const Look& look) {
    const FitSearchAnswer& answer = searched.answer;
    return fmt::format("{} no {} of {} fits: {} does not{}.",
                       look.paint(Tone::kBad, fit_name(searched.machine, searched.settings) + ":"), searched.name,
                       range_tried(values, searched), value_at(values, searched, *answer.next),
                       why_not(run_at(values, searched, *answer.next).fit, look));
}

std::string found_line(const FitValues& values, const FitSearched& searched, const Look& look) {
    const FitSearchAnswer& answer = searched.answer;
    const std::string largest = value_at(values, searched, *answer.largest);
    const std::string name = look.paint(Tone::kGood, fit_name(searched.machine, searched.settings) + ":");
    if (!answer.next)
        return fmt::format("{} {} {} fits, the largest of {}.", name, searched.name, largest,
                           range_tried(values, searched));
    return fmt::format("{} {} {} is the largest of {} that fits; {} does not{}.", name, searched.name, largest,
                       range_tried(values, searched), value_at(values, searched, *answer.next),
                       why_not(run_at(values, searched, *answer.next).fit, look));
}

std::string unknown_line(const FitValues& values, const FitSearched& searched, const Look& look) {
    const FitSearchAnswer& answer = searched.answer;
    std::string why = "nothing was tried";
    if (answer.unknown) {
        why = fmt::format("it is not known whether {} {} fits", searched.name,
                          value_at(values, searched, *answer.unknown));
    } else if (answer.contrary) {
        why =
            fmt::format("{0} {1} does not fit, and {2}, which is larger, does: a larger {0} does not always need more",
                        searched.name, value_at(values, searched, answer.contrary->first),
                        value_at(values, searched, answer.contrary->second));
    }
    return fmt::format("{} the largest {} cannot be told: {}.",
                       look.paint(Tone::kWarning, fit_name(searched.machine, searched.settings) + ":"), searched.name,
                       why);
}

// The bound is of the machine that searched: never the device's.
std::string host_line(const FitValues& values, const FitSearched& searched, const Look& look) {
    const FitSearchAnswer& answer = searched.answer;
    const bool may_be = run_at(values, searched, *answer.host_memory_short).fit.host_memory == HostMemory::kMayBeShort;
    std::string known = fmt::format("of no {} it is known whether it fits", searched.name);
    if (answer.largest)
        known = fmt::format("{} {} fits; beyond it is not known", searched.name,
                            value_at(values, searched, *answer.largest));
    std::string text = fmt::format("{} {}: at {} this machine's own memory {}, not the device's",
                                   look.paint(Tone::kWarning, fit_name(searched.machine, searched.settings) + ":"),
                                   known, value_at(values, searched, *answer.host_memory_short),
                                   may_be ? "seems to have run short" : "ran short");
    if (answer.next) text += fmt::format("; {} does not fit", value_at(values, searched, *answer.next));
    return text + ".";
}

// Of a search that was interrupted before it was over.
bool is_open(const FitValues& values, const FitSearched& searched) {
    const FitSearchAnswer& answer = searched.answer;
    return values.interrupted && answer.verdict == FitSearchVerdict::kUnknown && !answer.unknown && !answer.contrary;
}

// The largest position that fits, and the smallest that does not, as far as they were tried.
std::pair<std::optional<uint64_t>, std::optional<uint64_t>> bounds_of(const FitValues& values,
                                                                      const FitSearched& searched) {
    std::optional<uint64_t> largest, smallest;
    for (const auto& [position, run] : searched.tried) {
        const FitVerdict verdict = values.runs[run].fit.verdict;
        if (verdict == FitVerdict::kFits) largest = position;
        if (verdict == FitVerdict::kDoesNotFit && !smallest) smallest = position;
    }
    return {largest, smallest};
}

std::string bounds_line(const FitValues& values, const FitSearched& searched, const Look& look) {
    const auto [largest, smallest] = bounds_of(values, searched);
    const std::string& name = searched.name;
    std::string known = "of no " + name + " it is known yet whether it fits";
    if (largest) known = fmt::format("{} {} fits", name, value_at(values, searched, *largest));
    if (largest && smallest) known += fmt::format(", {} does not", value_at(values, searched, *smallest));
    if (!largest && smallest) known = fmt::format("{} {} does not fit", name, value_at(values, searched, *smallest));
    return fmt::format("{} {}.", look.paint(Tone::kWarning, fit_name(searched.machine, searched.settings) + ":"),
                       known);
}

std::vector<std::string> values_with(const FitValues& values, const FitSearched& searched, FitVerdict verdict,
                                     bool host) {
    std::vector<std::string> some;
    for (const auto& [position, run] : searched.tried)
        if (const Fit& fit = values.runs[run].fit;
            fit.verdict == verdict && (fit.host_memory != HostMemory::kNotKnownShort) == host)
            some.push_back(value_at(values, searched, position));
    return some;
}

}  // namespace

std::string fit_name(const std::string& machine, const std::vector<std::pair<std::string, std::string>>& settings) {
    std::string text;
    for (const auto& [name, value] : settings)
        text += (text.empty() ? " with " : ", ") + printable(name) + " " + printable(value);
    return printable(machine) + text;
}

std::string search_lines(const FitValues& values, const Look& look) {
    std::string text;
    for (const FitSearched& searched : values.searches) {
        const FitSearchVerdict verdict = searched.answer.verdict;
        text += (is_open(values, searched)             ? bounds_line(values, searched, look)
                 : verdict == FitSearchVerdict::kFound ? found_line(values, searched, look)
                 : verdict == FitSearchVerdict::kNone  ? none_line(values, searched, look)
                 : searched.answer.host_memory_short   ? host_line(values, searched, look)
                                                       : unknown_line(values, searched, look)) +
                "\n";
    }
    return text;
}

std::vector<size_t> decisive_runs(const FitValues& values) {
    std::vector<size_t> runs;
    for (const FitSearched& searched : values.searches) {
        const FitSearchAnswer& answer = searched.answer;
        std::vector<uint64_t> positions;
        const auto bounds = bounds_of(values, searched);
        for (const std::optional<uint64_t>& position :
             is_open(values, searched)
                 ? std::vector{bounds.first, bounds.second}
                 : std::vector{answer.unknown, answer.largest, answer.host_memory_short, answer.next})
            if (position) positions.push_back(*position);
        if (!answer.unknown && answer.contrary) positions = {answer.contrary->first, answer.contrary->second};
        for (const uint64_t position : positions) runs.push_back(searched.tried.at(position));
    }
    return runs;
}

std::string tried_lines(const FitValues& values) {
    constexpr const char* kForWantOfHost = " cannot be told for want of this machine's own memory";
    std::string text;
    for (const FitSearched& searched : values.searches) {
        std::string line;
        for (const auto& [verdict, host, of_one, of_several] :
             {std::tuple{FitVerdict::kFits, false, " fits", " fit"},
              {FitVerdict::kDoesNotFit, false, " does not", " do not"},
              {FitVerdict::kUnknown, false, " cannot be told", " cannot be told"},
              {FitVerdict::kUnknown, true, kForWantOfHost, kForWantOfHost}}) {
            const std::vector<std::string> some = values_with(values, searched, verdict, host);
            if (some.empty()) continue;
            line += fmt::format("{}{}{}", line.empty() ? "" : "; ", fmt::join(some, ", "),
                                some.size() == 1 ? of_one : of_several);
        }
        if (!line.empty()) text += "Tried on " + fit_name(searched.machine, searched.settings) + ": " + line + ".\n";
    }
    return text;
}

}  // namespace ttmem
