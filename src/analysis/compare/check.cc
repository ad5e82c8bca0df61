#include "src/analysis/compare/check.h"

#include <algorithm>
#include <map>
#include <utility>

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

// Decides a line whose limit and findings are filled in.
CheckLine judged(CheckLine line, const Coverage& coverage) {
    if (line.low > line.limit) {
        line.outcome = CheckOutcome::kFailed;
    } else if (!line.high || *line.high > line.limit) {
        line.outcome = CheckOutcome::kInconclusive;
        line.why = "it may have been more: not all of it was seen";
    } else if (!coverage.complete) {
        line.outcome = CheckOutcome::kInconclusive;
        line.why = coverage.notes.empty() ? "the answer is incomplete" : coverage.notes.front();
    }
    return line;
}

CheckLine leaks_line(std::string name, uint64_t limit, const CheckFigures& figures) {
    CheckLine line;
    line.name = std::move(name);
    line.limit = limit;
    line.low = figures.leaks;
    if (figures.run.coverage.complete && !figures.leaks_are_bound) line.high = figures.leaks;
    line.is_bytes = false;
    line = judged(std::move(line), figures.leaks_coverage);
    if (line.outcome == CheckOutcome::kFailed) line.left = figures.left;
    return line;
}

// The largest few, by one of their figures, and the rest as one.
template <class Item>
std::vector<Item> largest_few(std::vector<Item> items, uint64_t Item::*figure) {
    constexpr size_t kMostNamed = 3;
    std::stable_sort(items.begin(), items.end(),
                     [figure](const Item& a, const Item& b) { return a.*figure > b.*figure; });
    if (items.size() <= kMostNamed + 1) return items;
    Item rest{counted(items.size() - kMostNamed, "other"), 0};
    for (size_t i = kMostNamed; i < items.size(); ++i) rest.*figure += items[i].*figure;
    items.resize(kMostNamed);
    items.push_back(std::move(rest));
    return items;
}

// Who left what, by name.
class LeftCounts {
public:
    void add(const std::string& op, const std::string& tag, uint64_t allocations) {
        counts_[owner_in_words({op, tag})] += allocations;
    }
    std::vector<LeftCount> most() const {
        std::vector<LeftCount> left;
        for (const auto& [name, allocations] : counts_) left.push_back({name, allocations});
        return largest_few(std::move(left), &LeftCount::allocations);
    }

private:
    std::map<std::string, uint64_t> counts_;
};

std::vector<HeldBy> held_at_peak(const PoolOfRun& pool) {
    std::vector<HeldBy> held;
    for (const auto& [owner, sum] : pool.owners_at_peak) held.push_back({owner_in_words(owner), sum.reserved_bytes});
    return largest_few(std::move(held), &HeldBy::reserved_bytes);
}

CheckLine peak_line(std::string name, uint64_t limit, const CheckFigures& figures, Pool pool) {
    const PoolOfRun& of = figures.run.pools[at(pool)];
    CheckLine line;
    line.name = std::move(name);
    line.limit = limit;
    line.low = of.low;
    line.high = of.high;
    line = judged(std::move(line), figures.run.bounds_hold ? Coverage{} : figures.run.coverage);
    if (line.outcome == CheckOutcome::kFailed) line.held = held_at_peak(of);
    return line;
}

uint64_t with_tolerance(uint64_t bytes, uint64_t permille) {
    return saturating_add(bytes, static_cast<uint64_t>(static_cast<unsigned __int128>(bytes) * permille / 1000));
}

}  // namespace

bool Limits::empty() const {
    return !leaks && std::none_of(peaks.begin(), peaks.end(), [](const auto& limit) { return limit.has_value(); });
}

bool Baseline::empty() const {
    return !leaks && std::none_of(peaks.begin(), peaks.end(), [](const auto& peak) { return peak.has_value(); });
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
                         "write it again: ttmem check --write-baseline " + name};
        }
    }
    return baseline;
}

std::string_view outcome_name(CheckOutcome outcome) {
    return outcome == CheckOutcome::kPassed ? "passed" : outcome == CheckOutcome::kFailed ? "failed" : "inconclusive";
}

CheckFigures check_figures(const Recording& recording, std::string name, const Suppressions& known) {
    CheckFigures figures;
    figures.run = run_figures(recording, std::move(name), known);
    const LeakVerdict& leaks = figures.run.leaks;
    const Snapshot& end = recording.end;
    figures.leaks = leaks.found();
    LeftCounts counts;
    for (const LeftBy& by : leaks.left) {
        for (const Share& share : by.owners)
            counts.add(end.texts[share.owner.op], end.texts[share.owner.tag], share.sum.allocations);
        for (const LeftBehind& plan : by.plans)
            counts.add(end.texts[end.programs[plan.program].op], end.texts[end.programs[plan.program].tag], 1);
    }
    for (const Accumulated& owner : *leaks.accumulated) {
        counts.add(owner.op, owner.tag, owner.grown.growth().allocations);
        figures.leaks_are_bound = true;  // what the warm-up left is not in it
    }
    figures.left = counts.most();
    figures.leaks_coverage = figures.run.coverage;
    if (!leaks.judgement.complete()) {
        figures.leaks_coverage.complete = false;
        figures.leaks_coverage.notes = leaks.judgement.not_judged;
    }
    return figures;
}

std::string CheckFigures::baseline_text() const {
    std::string text = "# ttmem check --baseline: reserved bytes per chip, of the chip with the largest peak\n";
    for (const Pool pool : kAllPools) {
        const PoolOfRun& of = run.pools[at(pool)];
        const std::string name(pool_name(pool));
        if (!of.exact() || !run.coverage.complete) {
            text += "# peak " + name + ": at least " + human_bytes(of.low) + ", and not known exactly\n";
            continue;
        }
        text +=
            "peak " + name + " " + std::to_string(of.low) + (of.low == 0 ? "" : "  # " + human_bytes(of.low)) + "\n";
        if (of.low == 0) continue;
        for (const HeldBy& held : held_at_peak(of))
            text += "#   " + human_bytes(held.reserved_bytes) + " " + held.name + "\n";
    }
    // What accumulated is a bound, but one that a later run can be held against: with no line nobody would look.
    if (leaks_coverage.complete)
        return text + "leaks " + std::to_string(leaks) + (leaks_are_bound ? "  # at least\n" : "\n");
    return text + "# leaks: at least " + std::to_string(leaks) + ", and not known exactly\n";
}

std::vector<CheckLine> check(const CheckFigures& figures, const Limits& limits, const Baseline& baseline,
                             uint64_t tolerance_permille) {
    std::vector<CheckLine> lines;
    for (const Pool pool : kAllPools) {
        const std::optional<uint64_t>& limit = limits.peaks[at(pool)];
        if (limit) lines.push_back(peak_line("peak of " + std::string(pool_name(pool)), *limit, figures, pool));
    }
    if (limits.leaks) lines.push_back(leaks_line("leaks", *limits.leaks, figures));
    for (const Pool pool : kAllPools) {
        const std::optional<uint64_t>& before = baseline.peaks[at(pool)];
        if (!before) continue;
        lines.push_back(peak_line("baseline of " + std::string(pool_name(pool)),
                                  with_tolerance(*before, tolerance_permille), figures, pool));
    }
    if (baseline.leaks) lines.push_back(leaks_line("baseline of leaks", *baseline.leaks, figures));
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
