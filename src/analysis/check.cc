#include "src/analysis/check.h"

#include <algorithm>
#include <utility>

#include "src/analysis/accumulated.h"
#include "src/analysis/judgement.h"
#include "src/analysis/leaks.h"
#include "src/base/saturating.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

size_t at(Pool pool) { return static_cast<size_t>(pool); }

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    line = line.substr(0, line.find('#'));
    while (true) {
        const size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) return words;
        const size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        line.remove_prefix(end);
    }
}

CheckLine line_of(std::string name, uint64_t limit, const CheckFigures::Figure& figure, const Coverage& coverage,
                  bool is_bytes) {
    CheckLine line{CheckOutcome::kPassed, std::move(name), limit, figure.low, figure.high, is_bytes, ""};
    if (figure.low > limit) {
        line.outcome = CheckOutcome::kFailed;
    } else if (!figure.high || *figure.high > limit) {
        line.outcome = CheckOutcome::kInconclusive;
        line.why = "it may have been more: not all of it was seen";
    } else if (!coverage.complete) {
        line.outcome = CheckOutcome::kInconclusive;
        line.why = coverage.notes.empty() ? "the answer is incomplete" : coverage.notes.front();
    }
    return line;
}

uint64_t with_tolerance(uint64_t bytes, uint64_t permille) {
    return saturating_add(bytes, static_cast<uint64_t>(static_cast<unsigned __int128>(bytes) * permille / 1000));
}

// By so many it grew after the warm-up. It may have as many bytes in fewer.
uint64_t allocations_of(const Grown& grown) {
    const uint64_t more = grown.last.allocations - std::min(grown.last.allocations, grown.first.allocations);
    return std::max<uint64_t>(more, 1);
}

}  // namespace

bool Limits::empty() const {
    return !leaks && std::none_of(peaks.begin(), peaks.end(), [](const auto& limit) { return limit.has_value(); });
}

Result<Baseline> Baseline::parse(std::string_view text, const std::string& name) {
    Baseline baseline;
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::vector<std::string_view> words = words_of(text.substr(0, end));
        const std::string line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (words.empty()) continue;
        const std::optional<uint64_t> value = parse_number(words.back());
        const std::optional<Pool> pool =
            words.size() == 3 && words[0] == "peak" ? pool_from_name(words[1]) : std::nullopt;
        if (value && pool) {
            baseline.peaks[at(*pool)] = value;
        } else if (value && words.size() == 2 && words[0] == "leaks") {
            baseline.leaks = value;
        } else {
            return Error{name + ":" + std::to_string(number) + " is no line of a baseline",
                         "`" + line + "` is neither `peak POOL BYTES` nor `leaks NUMBER`",
                         "write it anew: ttmem check --write-baseline " + name};
        }
    }
    return baseline;
}

std::string Baseline::text() const {
    std::string text = "# ttmem check --baseline: reserved bytes per chip, of the chip with the largest peak\n";
    for (const Pool pool : kAllPools) {
        if (peaks[at(pool)]) {
            text += "peak " + std::string(pool_name(pool)) + " " + std::to_string(*peaks[at(pool)]) + "  # " +
                    human_bytes(*peaks[at(pool)]) + "\n";
        }
    }
    if (leaks) text += "leaks " + std::to_string(*leaks) + "\n";
    return text;
}

std::string_view outcome_name(CheckOutcome outcome) {
    return outcome == CheckOutcome::kPassed ? "passed" : outcome == CheckOutcome::kFailed ? "failed" : "inconclusive";
}

CheckFigures check_figures(const Recording& recording) {
    CheckFigures figures;
    const Peaks peaks = peaks_of(recording);
    figures.coverage = peaks.coverage;
    for (const PoolPeak& peak : peaks.pools) {
        CheckFigures::Figure& figure = figures.peaks[at(peak.pool)];
        figure.low = std::max({figure.low, peak.low, peak.earlier});
        if (!peak.high || peak.is_bound) {
            figure.high.reset();
        } else if (figure.high) {
            figure.high = std::max({*figure.high, *peak.high, peak.earlier});
        }
    }
    const std::vector<LeftBy> left = leaks_of(recording.end);
    for (const LeftBy& by : left) figures.leaks.low += by.sum.allocations + by.plans.size();
    const AccumulatedReport accumulated = accumulated_in(recording, recording.end, left);
    for (const Accumulated& owner : accumulated.owners) figures.leaks.low += allocations_of(owner.grown);
    figures.leaks.high = figures.leaks.low;
    if (!figures.coverage.complete) figures.leaks.high.reset();
    Judgement judgement = judge(recording.end, {});
    judgement.add(accumulated.not_judged());
    figures.leaks_coverage = figures.coverage;
    if (!judgement.complete()) {
        figures.leaks_coverage.complete = false;
        figures.leaks_coverage.notes = judgement.not_judged;
    }
    return figures;
}

Baseline CheckFigures::baseline() const {
    Baseline baseline;
    for (const Pool pool : kAllPools) {
        const Figure& figure = peaks[at(pool)];
        if (figure.high == figure.low && figure.low != 0) baseline.peaks[at(pool)] = figure.low;
    }
    if (leaks.high == leaks.low && leaks_coverage.complete) baseline.leaks = leaks.low;
    return baseline;
}

std::vector<CheckLine> check(const CheckFigures& figures, const Limits& limits, const Baseline& baseline,
                             uint64_t tolerance_permille) {
    std::vector<CheckLine> lines;
    const auto peak_line = [&](const char* what, Pool pool, uint64_t limit) {
        lines.push_back(
            line_of(what + std::string(pool_name(pool)), limit, figures.peaks[at(pool)], figures.coverage, true));
    };
    for (const Pool pool : kAllPools) {
        if (limits.peaks[at(pool)]) peak_line("peak of ", pool, *limits.peaks[at(pool)]);
    }
    if (limits.leaks) lines.push_back(line_of("leaks", *limits.leaks, figures.leaks, figures.leaks_coverage, false));
    for (const Pool pool : kAllPools) {
        const std::optional<uint64_t>& before = baseline.peaks[at(pool)];
        if (before) peak_line("baseline of ", pool, with_tolerance(*before, tolerance_permille));
    }
    if (baseline.leaks) {
        lines.push_back(line_of("baseline of leaks", *baseline.leaks, figures.leaks, figures.leaks_coverage, false));
    }
    return lines;
}

CheckOutcome overall(const std::vector<CheckLine>& lines) {
    CheckOutcome worst = CheckOutcome::kPassed;
    for (const CheckLine& line : lines) {
        if (line.outcome == CheckOutcome::kFailed) return CheckOutcome::kFailed;
        if (line.outcome == CheckOutcome::kInconclusive) worst = CheckOutcome::kInconclusive;
    }
    return worst;
}

}  // namespace ttmem
