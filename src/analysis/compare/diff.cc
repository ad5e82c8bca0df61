#include "src/analysis/compare/diff.h"

#include <algorithm>
#include <set>

#include "src/analysis/failures/last_failure.h"
#include "src/analysis/recording/peak.h"
#include "src/analysis/snapshot/stopped_sum.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

int64_t difference(uint64_t to, uint64_t from) {
    constexpr uint64_t kMost = INT64_MAX;
    return to >= from ? static_cast<int64_t>(std::min(kMost, to - from))
                      : -static_cast<int64_t>(std::min(kMost, from - to));
}

// Nothing where it does not fit.
std::optional<int64_t> known_difference(uint64_t to, uint64_t from) {
    const int64_t known = difference(to, from);
    return known != INT64_MAX && known != -INT64_MAX ? std::optional(known) : std::nullopt;
}

// `stack`: of the call, or one that ends at its line.
OwnerName name_of(const Snapshot& tables, uint32_t op, uint32_t tag, uint32_t stack, DiffBy by) {
    if (by == DiffBy::kLine) return {"", "", line_of(tables, stack)};
    return {tables.texts[op], tables.texts[tag]};
}

void add_peaks(const Recording& recording, DiffBy by, RunFigures& figures) {
    const Peaks peaks = peaks_of(recording);
    figures.coverage = peaks.coverage;
    figures.bounds_hold = peaks.bounds_hold;
    std::array<bool, kPoolCount> unbounded{};
    for (const PoolPeak& peak : peaks.pools) {
        PoolOfRun& of = figures.pools[static_cast<size_t>(peak.pool)];
        const uint64_t low = std::max(peak.low, peak.earlier);
        unbounded[static_cast<size_t>(peak.pool)] |= peak.is_bound || !peak.high;
        of.high = std::max({of.high.value_or(0), peak.high.value_or(0), low});
        if (of.at_peak.allocations != 0 && low <= of.low) continue;
        of.low = low;
        of.at_peak = peak.moment.live;
        of.owners_at_peak.clear();
        for (const LiveShare& share : peak.moment.shares)
            of.owners_at_peak[name_of(recording.end, share.op, share.tag, share.line, by)] += share.sum;
    }
    const bool is_whole = recording.end.coverage.complete;  // else there was more to come
    for (size_t pool = 0; pool < kPoolCount; ++pool) {
        if (unbounded[pool] || !is_whole) figures.pools[pool].high.reset();
        figures.pools[pool].left_is_known = is_whole;
    }
}

void add_left(const Snapshot& end, DiffBy by, RunFigures& figures) {
    for (const Allocation& a : end.allocations) {
        if (standing_of(end, a) != Standing::kLive && !is_left(end, a)) continue;
        PoolOfRun& of = figures.pools[static_cast<size_t>(a.pool)];
        const Sum sum = sum_of(end, a);
        of.left += sum;
        of.owners_left[name_of(end, a.op, a.tag, a.stack, by)] += sum;
    }
    for (PoolOfRun& of : figures.pools) {
        note_if_stopped(of.left, figures.coverage);
        of.left_is_known &= !is_stopped(of.left);
    }
}

// Whether `a` comes first.
bool is_before(const DiffRow& a, const DiffRow& b) {
    const auto growth = [](const DiffRow& row) {
        return difference(row.runs.back().reserved_bytes, row.runs.front().reserved_bytes);
    };
    if (a.spread() != b.spread()) return a.spread() > b.spread();
    if (growth(a) != growth(b)) return growth(a) > growth(b);
    return a.runs.back().reserved_bytes > b.runs.back().reserved_bytes;
}

std::vector<DiffRow> rows_of(const std::vector<const PoolOfRun*>& runs,
                             const std::map<OwnerName, Sum> PoolOfRun::*owners_of) {
    std::set<OwnerName> names;
    for (const PoolOfRun* run : runs) {
        for (const auto& [name, sum] : run->*owners_of) names.insert(name);
    }
    std::vector<DiffRow> rows;
    for (const OwnerName& name : names) {
        DiffRow row{name, {}};
        for (const PoolOfRun* run : runs) {
            const auto found = (run->*owners_of).find(name);
            row.runs.push_back(found != (run->*owners_of).end() ? found->second : Sum{});
        }
        rows.push_back(std::move(row));
    }
    std::stable_sort(rows.begin(), rows.end(), is_before);
    return rows;
}

void add_coverage(const std::vector<RunFigures>& runs, Diff& diff) {
    std::set<uint64_t> chips;
    for (const RunFigures& run : runs) {
        Coverage of = run.coverage;
        for (std::string& note : of.notes) note = run.name + ": " + note;
        diff.coverage.merge(of);
        chips.insert(run.chips);
    }
    if (chips.size() > 1)
        diff.coverage.note("The runs use different numbers of chips: sums over chips differ because of it.", false);
}

}  // namespace

std::string owner_in_words(const OwnerName& owner) {
    if (!owner.line.empty()) return "`" + printable(owner.line) + "`";
    const std::string tag = owner.tag.empty() ? "" : "tagged `" + printable(owner.tag) + "`";
    if (owner.op.empty()) return tag.empty() ? "memory without an operation" : "memory " + tag;
    return "`" + printable(owner.op) + "`" + (tag.empty() ? "" : " " + tag);
}

RunFigures run_figures(const Recording& recording, std::string name, const Suppressions& known, DiffBy by,
                       BytesText bytes) {
    RunFigures figures;
    figures.name = std::move(name);
    figures.events = recording.events;
    figures.processes = recording.end.processes.size();
    figures.began_at = recording.began_at, figures.ended_at = recording.ended_at;
    figures.generated_at = recording.end.generated_at;
    std::set<uint64_t> chips;
    for (const Process& process : recording.end.processes) {
        for (const ChipUse& use : process.chips) chips.insert(use.chip.id.value);
    }
    figures.chips = chips.size();
    if (const Failure* newest = newest_failure(recording.end)) {
        figures.failure = *newest;
        figures.failed_op = recording.end.texts[newest->op];
    }
    for (const Process& process : recording.end.processes) figures.failures += process.failed_allocations;
    add_peaks(recording, by, figures);
    Snapshot end = recording.end;
    figures.leaks = leak_verdict(recording, end, {}, known, bytes);
    add_left(end, by, figures);
    return figures;
}

std::string_view change_name(Change change) {
    switch (change) {
        case Change::kSame:
            return "same";
        case Change::kNew:
            return "new";
        case Change::kGone:
            return "gone";
        case Change::kGrew:
            return "grew";
        case Change::kShrank:
            return "shrank";
        case Change::kVaries:
            break;
    }
    return "varies";
}

uint64_t DiffRow::spread() const {
    const auto [least, most] = std::minmax_element(
        runs.begin(), runs.end(), [](const Sum& a, const Sum& b) { return a.reserved_bytes < b.reserved_bytes; });
    return most->reserved_bytes - least->reserved_bytes;
}

Change DiffRow::change() const {
    const Sum &first = runs.front(), &last = runs.back();
    if (std::all_of(runs.begin(), runs.end(), [&](const Sum& run) { return run == first; })) return Change::kSame;
    if (first.allocations == 0 && last.allocations != 0) return Change::kNew;
    if (first.allocations != 0 && last.allocations == 0) return Change::kGone;
    if (last.reserved_bytes == first.reserved_bytes) return Change::kVaries;
    return last.reserved_bytes > first.reserved_bytes ? Change::kGrew : Change::kShrank;
}

uint64_t PoolDiff::spread() const {
    uint64_t least = UINT64_MAX, most = 0;
    for (const PoolOfRun* run : runs) least = std::min(least, run->low), most = std::max(most, run->low);
    return most - least;
}

std::optional<int64_t> PoolDiff::growth_low() const {
    if (!runs.front()->high) return std::nullopt;
    return known_difference(runs.back()->low, *runs.front()->high);
}

std::optional<int64_t> PoolDiff::growth_high() const {
    if (!runs.back()->high) return std::nullopt;
    return known_difference(*runs.back()->high, runs.front()->low);
}

std::optional<int64_t> PoolDiff::left_growth() const {
    if (!runs.front()->left_is_known || !runs.back()->left_is_known) return std::nullopt;
    return known_difference(runs.back()->left.reserved_bytes, runs.front()->left.reserved_bytes);
}

Diff diff(const std::vector<RunFigures>& runs) {
    Diff diff;
    for (const Pool pool : kAllPools) {
        PoolDiff of;
        of.pool = pool;
        bool is_used = false;
        for (const RunFigures& run : runs) {
            const PoolOfRun& figures = run.pools[static_cast<size_t>(pool)];
            of.runs.push_back(&figures);
            is_used |= figures.low != 0 || figures.high.value_or(0) != 0 || figures.left.allocations != 0;
        }
        if (!is_used) continue;
        of.at_peak = rows_of(of.runs, &PoolOfRun::owners_at_peak);
        of.left = rows_of(of.runs, &PoolOfRun::owners_left);
        diff.pools.push_back(std::move(of));
    }
    std::stable_sort(diff.pools.begin(), diff.pools.end(),
                     [](const PoolDiff& a, const PoolDiff& b) { return a.spread() > b.spread(); });
    add_coverage(runs, diff);
    return diff;
}

}  // namespace ttmem
