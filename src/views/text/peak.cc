#include "src/views/text/peak.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "src/analysis/recording/alike_chips.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/core_need.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

// "62.1% persistent, 31.0% leaked in the end": the three largest parts. What leaked is so by the verdict at the end;
// how much of it had leaked at the peak already is less.
std::string parts_text(const Recording& recording, const PeakMoment& moment) {
    std::string text;
    size_t shown = 0;
    for (const LiveShare& part : grouped(moment.shares, GroupBy::kPart)) {
        if (part.sum.reserved_bytes == 0 || ++shown > 3) break;
        text += (text.empty() ? "" : ", ") + percent(part.sum.reserved_bytes, moment.live.reserved_bytes) + " " +
                part_words(part.part, recording) + (part.part == Part::kLeaked ? " in the end" : "");
    }
    return text;
}

std::string of_capacity(const PoolPeak& peak, const Look& look) {
    return of_capacity(std::max(peak.low, peak.earlier), peak.capacity_bytes, look);
}

std::string when_text(const Recording& recording, const AlikeChips& of) {
    const std::string first = since_begin(recording, of.peak.moment.at, of.peak.moment.until);
    const std::string last = since_begin(recording, of.last.first, of.last.second);
    return first == last ? first : first + " to " + last;
}

std::vector<CoreNeed> alike_needs(const Recording& recording, const std::vector<CoreNeed>& cores) {
    const auto words = [&](CoreNeed need) {
        need.chips.clear();
        return core_need_text(recording, need, {});
    };
    std::vector<CoreNeed> all;
    for (const CoreNeed& need : cores) {
        const auto at =
            std::find_if(all.begin(), all.end(), [&](const CoreNeed& one) { return words(one) == words(need); });
        if (at == all.end()) {
            all.push_back(need);
        } else {
            at->chips.insert(at->chips.end(), need.chips.begin(), need.chips.end());
        }
    }
    return all;
}

std::vector<Cell> row_of(const PeakValues& values, const AlikeChips& of, const Look& look) {
    const PoolPeak& peak = of.peak;
    const PeakMoment& moment = peak.moment;
    const uint64_t most = std::max(peak.low, peak.earlier);
    const bool is_full = peak.capacity_bytes && most > *peak.capacity_bytes / 10 * 9;
    const bool is_before = most > peak.low;  // then nobody knows of what it was
    return {chip_list(values.recording, peak.chips),
            std::string(pool_name(peak.pool)),
            peak_figure(peak, look),
            Cell(percent(most, peak.capacity_bytes), is_full ? Tone::kWarning : Tone::kPlain),
            peak.steady ? look.bytes(peak.steady->live.reserved_bytes) : "",
            is_before ? "-" : with_commas(moment.live.allocations),
            is_before           ? "before"
            : moment.event == 0 ? "at begin"
                                : when_text(values.recording, of),
            is_before ? "-" : text_cell(values.recording, moment.op),
            moment.iteration != 0 && !is_before ? with_commas(moment.iteration) : ""};
}

std::string peaks_table(const PeakValues& values, const std::vector<AlikeChips>& rows, const Look& look) {
    Table table({{.title = "CHIPS", .may_shorten = true},
                 {"POOL"},
                 {"PEAK", Align::kRight},
                 {"FULL", Align::kRight},
                 {.title = "STEADY", .align = Align::kRight, .only_if_used = true},
                 {.title = "ALLOCATIONS", .align = Align::kRight, .spare = 2},
                 {.title = "WHEN", .align = Align::kRight, .spare = 3},
                 {.title = "OP", .may_shorten = true, .spare = 1},
                 {.title = "ITERATION", .align = Align::kRight, .only_if_used = true, .spare = 4}});
    for (const AlikeChips& row : rows) table.add(row_of(values, row, look));
    return table.render(look);
}

std::string parts_table(const Recording& recording, const PeakMoment& moment, const Look& look) {
    Table table({{"PART"},
                 {"ALLOCATIONS", Align::kRight},
                 {"REQUESTED", Align::kRight},
                 {"RESERVED", Align::kRight},
                 {"SHARE", Align::kRight}});
    for (const LiveShare& part : grouped(moment.shares, GroupBy::kPart)) {
        table.add({Cell(part_words(part.part, recording), part.part == Part::kLeaked ? Tone::kBad : Tone::kPlain),
                   with_commas(part.sum.allocations), look.bytes(part.sum.requested_bytes),
                   look.bytes(part.sum.reserved_bytes), percent(part.sum.reserved_bytes, moment.live.reserved_bytes)});
    }
    return table.render(look);
}

// Who called that line of the user's, where it was one; how many, where they were several.
std::string callers_of(const Snapshot& tables, const PeakMoment& moment, uint32_t line) {
    std::set<std::string> callers;
    for (const LiveShare& share : moment.shares) {
        if (share.line == line) callers.insert(caller_of(tables, share.stack));
    }
    return callers.size() > 1 ? counted(callers.size(), "caller") : callers.empty() ? "" : name_cell(*callers.begin());
}

std::string owners_table(const PeakValues& values, const PeakMoment& moment, const Look& look) {
    const std::vector<LiveShare> groups = grouped(moment.shares, values.by);
    const bool owner = values.by == GroupBy::kOwner;
    Table table({{.title = "OP", .only_if_used = true, .may_shorten = true},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true},
                 {.title = "LINE", .only_if_used = true, .may_shorten = true, .is_line = true},
                 {.title = "CALLED AT", .only_if_used = true, .may_shorten = true, .spare = 4, .is_line = true},
                 {.title = "THREAD", .align = Align::kRight, .only_if_used = true, .spare = 3},
                 {.title = "CLASS", .only_if_used = true},
                 {.title = "PART", .only_if_used = true},
                 {.title = "ALLOCATIONS", .align = Align::kRight, .spare = 1},
                 {.title = "REQUESTED", .align = Align::kRight, .spare = 2},
                 {"RESERVED", Align::kRight},
                 {"SHARE", Align::kRight}});
    const size_t shown = values.limit == 0 ? groups.size() : std::min(values.limit, groups.size());
    for (size_t i = 0; i < shown; ++i) {
        const LiveShare& g = groups[i];
        table.add({owner || values.by == GroupBy::kOp ? text_cell(values.recording, g.op) : "",
                   owner ? (g.tag != 0 ? text_cell(values.recording, g.tag, 32) : "")
                         : (values.by == GroupBy::kTag ? text_cell(values.recording, g.tag) : ""),
                   values.by == GroupBy::kLine && g.line == 0 ? Cell("(not known)")
                   : owner || values.by == GroupBy::kLine     ? name_cell(line_of(values.recording.end, g.line))
                                                              : Cell(""),
                   values.by == GroupBy::kLine && g.line != 0 ? callers_of(values.recording.end, moment, g.line) : "",
                   owner && g.thread != 0 ? fmt::format("{}", g.thread) : "",
                   owner || values.by == GroupBy::kClass ? std::string(class_name(g.allocation_class)) : "",
                   owner || values.by == GroupBy::kPart ? part_words(g.part, values.recording) : "",
                   with_commas(g.sum.allocations), look.bytes(g.sum.requested_bytes), look.bytes(g.sum.reserved_bytes),
                   percent(g.sum.reserved_bytes, moment.live.reserved_bytes)});
    }
    std::string text = table.render(look);
    if (shown < groups.size()) {
        Sum rest;
        for (size_t i = shown; i < groups.size(); ++i) rest += groups[i].sum;
        text += fmt::format("not shown: {} more with {} (--limit 0 shows all)\n", with_commas(groups.size() - shown),
                            look.bytes(rest.reserved_bytes));
    }
    return text;
}

// Here no one asks whether it leaked.
std::string kept_remark(const PeakValues& values, const PeakMoment& moment, const Look& look) {
    const bool any = moment.of(Part::kKeptToEnd).allocations != 0;
    if (!any || values.peaks.iterations != 0) return "";
    return wrapped("`ttmem leaks` says whether what was " + part_words(Part::kKeptToEnd, values.recording) +
                       " leaked, as far as it can be told without iterations.\n",
                   look);
}

// Of no line at all it is known: who could have told.
std::string lines_remark(const PeakValues& values, const PeakMoment& moment, const Look& look) {
    if (values.by != GroupBy::kLine) return "";
    if (std::ranges::any_of(moment.shares, [](const LiveShare& share) { return share.line != 0; })) return "";
    return wrapped("No line of Python is known: `ttmem run --stacks` records them.\n", look);
}

std::string composition(const PeakValues& values, const PoolPeak& peak, const Look& look) {
    const PeakMoment& moment = peak.moment;
    if (moment.live.allocations == 0) return "";
    std::string text =
        fmt::format("\nLive in {} of {}: {} reserved in {}{}\n", pool_name(peak.pool),
                    peak.chips.size() == 1 ? chips_text(values.recording, peak.chips)
                                           : "each of " + chips_text(values.recording, peak.chips),
                    look.bytes(moment.live.reserved_bytes), counted(moment.live.allocations, "allocation"),
                    peak.exact() && moment.live.reserved_bytes == peak.low ? "" : ", as far as recorded");
    if (values.by != GroupBy::kPart) text += parts_table(values.recording, moment, look) + "\n";
    return text + owners_table(values, moment, look) + lines_remark(values, moment, look) +
           kept_remark(values, moment, look);
}

// What the table cannot say of a pool.
std::string remarks(const PeakValues& values, const std::vector<AlikeChips>& rows, const Look& look) {
    std::string text;
    for (const auto& [peak, last_at] : rows) {
        if (peak.earlier <= peak.low) continue;
        if (peak.low == 0) continue;
        text += fmt::format("Since this history begins, {} of {} was at {} at the most.\n", pool_name(peak.pool),
                            chips_text(values.recording, peak.chips), look.bytes(peak.low));
    }
    return text;
}

// What leaked in pools beside the first one: " Leaked in the end, per chip: 15.1 MiB of dram."; "" none. Most on one
// chip, in the order of pools; of the first one it is shown anyhow.
std::string leaked_elsewhere(const std::vector<PoolPeak>& pools, const Look& look) {
    std::map<Pool, uint64_t> leaked;
    for (const PoolPeak& peak : pools) {
        if (peak.pool == pools.front().pool) continue;
        const uint64_t bytes =
            std::max(peak.moment.of(Part::kLeaked).reserved_bytes, peak.end.of(Part::kLeaked).reserved_bytes);
        if (bytes != 0) leaked[peak.pool] = std::max(leaked[peak.pool], bytes);
    }
    std::string text;
    for (const auto& [pool, bytes] : leaked)
        text += (text.empty() ? " Leaked in the end, per chip: " : ", ") + look.bytes(bytes) + " of " +
                std::string(pool_name(pool));
    return text.empty() ? "" : text + ".";
}

}  // namespace

std::string part_words(Part part, const Recording& recording) {
    if (part != Part::kKeptToEnd) return std::string(part_name(part));
    const auto lives = [](const Process& process) {  // pid 0: an imported source
        return process.pid != 0 && process.state == ProcessState::kLive;
    };
    return std::ranges::any_of(recording.end.processes, lives) ? "kept so far" : "kept to the end";
}

std::string peak_sentence(const Recording& recording, const PoolPeak& peak, const Look& look) {
    const PeakMoment& moment = peak.moment;
    if (peak.earlier > peak.low) {
        return fmt::format("{} had reached {} on {} before this history begins; what was live then is not known.",
                           pool_name(peak.pool), peak_figure(peak, look) + of_capacity(peak, look),
                           chips_text(recording, peak.chips));
    }
    std::string text = fmt::format("{} peaked at {}{} on {}", pool_name(peak.pool), peak_figure(peak, look),
                                   of_capacity(peak, look), chips_text(recording, peak.chips));
    const std::string where = where_text(recording, moment.op, moment.iteration);
    if (moment.event == 0 && moment.live.allocations != 0) {
        text += ", when the recording began";
    } else if (!where.empty()) {
        text += " in " + where;
    }
    const std::string parts = parts_text(recording, moment);
    return text + (parts.empty() ? "" : ": " + parts) + ".";
}

std::string first_line(const Recording& recording, const std::vector<PoolPeak>& pools, const Look& look) {
    const std::string failed = failed_sentence(recording, look);
    if (pools.empty())
        return failed +
               (recording.end.coverage.complete ? "Nothing was allocated." : "Of what was read nothing was allocated.");
    return failed + peak_sentence(recording, alike_chips(pools).front().peak, look) + leaked_elsewhere(pools, look);
}

std::string first_line(const Recording& recording, const std::vector<PoolTimeline>& pools, const Look& look) {
    std::vector<PoolPeak> peaks;
    for (const PoolTimeline& pool : pools) peaks.push_back(pool.peak);
    return first_line(recording, peaks, look);
}

std::string peak_text(const PeakValues& values, const Look& look) {
    const Peaks& peaks = values.peaks;
    if (values.recording.end.processes.empty()) {
        return nothing_text("Nothing is tracked: there is no process to tell a peak of.", peaks.coverage, look);
    }
    std::string text = look.paint(Tone::kBold, first_line(values.recording, peaks.pools, look)) + "\n";
    if (peaks.pools.empty())
        return wrapped_below(text, look) + recorded_line(values.recording) + coverage_lines(peaks.coverage, look);
    const std::vector<AlikeChips> rows = alike_chips(peaks.pools);
    const PoolPeak& fullest = rows.front().peak;
    text += "\n";
    text += peaks_table(values, rows, look) + remarks(values, rows, look);
    text += composition(values, fullest, look);
    for (const CoreNeed& need : alike_needs(values.recording, peaks.cores))
        text += "\n" + core_need_text(values.recording, need, look);
    return wrapped_below(text + "\n" + recorded_line(values.recording), look) + coverage_lines(peaks.coverage, look);
}

}  // namespace ttmem
