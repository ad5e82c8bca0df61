#include "src/views/text/timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/peak.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kRows = 6;                 // of one chart
constexpr size_t kMostCharts = 4;           // the others are named
constexpr size_t kLabels = 11;              // characters left of a curve
constexpr size_t kLeast = 20, kMost = 200;  // columns of a curve

struct Signs {
    std::string axis, corner, line, peak, failure, gap, bar;
};
Signs signs_of(ChartForm form) {
    if (form == ChartForm::kAscii) return {"|", "+", "-", "^", "X", "?", "|"};
    return {"┤", "└", "─", "▲", "✗", "░", "│"};
}

size_t columns_of(const Look& look) {
    const size_t width = look.width == 0 ? 80 : look.width;
    return std::clamp(width > kLabels + 1 ? width - kLabels - 1 : kLeast, kLeast, kMost);
}

// A line under the curve, written into from left to right.
class MarkLine {
public:
    explicit MarkLine(size_t columns) : cells_(columns, " ") {}
    void set(size_t column, const std::string& sign) { cells_[std::min(column, cells_.size() - 1)] = sign; }
    // Where there is room for it: not over what is there.
    bool write(size_t column, size_t room, const std::string& ascii) {
        if (ascii.size() > room || column + ascii.size() > cells_.size()) return false;
        for (size_t i = 0; i < ascii.size(); ++i) {
            if (cells_[column + i] != " ") return false;
        }
        for (size_t i = 0; i < ascii.size(); ++i) cells_[column + i] = std::string(1, ascii[i]);
        return true;
    }
    bool is_empty() const {
        return std::all_of(cells_.begin(), cells_.end(), [](const std::string& cell) { return cell == " "; });
    }
    std::string text(const std::string& label) const {
        std::string line = fmt::format("{:>{}} ", label, kLabels);
        for (const std::string& cell : cells_) line += cell;
        line.erase(line.find_last_not_of(' ') + 1);
        return line + "\n";
    }

private:
    std::vector<std::string> cells_;
};

// What is foreign is put into one cell each, so only what is plain ASCII can be written.
std::string plain(const std::string& name) {
    std::string text;
    for (const char c : name) text += c >= ' ' && c <= '~' ? c : '?';
    return text;
}

std::string span_line(const std::vector<TimelineSpan>& spans, const std::string& label, size_t columns,
                      size_t per_column, const Signs& signs) {
    MarkLine line(columns);
    size_t free_from = 0;
    for (const TimelineSpan& span : spans) {
        const size_t begin = span.begin / per_column, end = std::min(columns, (span.end + per_column - 1) / per_column);
        if (begin < free_from || end <= begin) continue;
        line.set(begin, signs.bar);
        // A name whole, or without what all names begin with, or not at all: of a piece nobody knows whose it is.
        std::string name = plain(span.text);
        if (name.size() > end - begin - 1) name.erase(0, name.rfind('.') + 1);
        free_from = begin + 1 + (line.write(begin + 1, end - begin - 1, name) ? name.size() : 0);
    }
    return line.is_empty() ? "" : line.text(label);
}

std::string mark_lines(const Timeline& timeline, const PoolTimeline& pool, size_t columns, size_t per_column,
                       const Signs& signs) {
    MarkLine marks(columns);
    for (const TimelineSpan& gap : timeline.gaps) {
        for (size_t slot = gap.begin; slot < gap.end; ++slot) marks.set(slot / per_column, signs.gap);
    }
    const size_t peak = std::min(pool.peak_slot / per_column, columns - 1);
    for (const TimelineSpan& failure : timeline.failures) {
        const size_t at = std::min(failure.begin / per_column, columns - 1);
        const size_t beside = peak + 1 < columns ? peak + 1 : peak - 1;  // both are to be seen
        if (is_failure_of(failure, pool.peak)) marks.set(at == peak ? beside : at, signs.failure);
    }
    marks.set(peak, signs.peak);
    std::string text = marks.text("");
    text += span_line(timeline.iterations, "iteration", columns, per_column, signs);
    return text + span_line(timeline.operations, "op", columns, per_column, signs);
}

// The peak, or the capacity where the peak comes near it.
uint64_t top_of(const PoolTimeline& pool) {
    const uint64_t most = pool.slots[pool.peak_slot].bytes;
    const std::optional<uint64_t> capacity = pool.peak.capacity_bytes;
    return capacity && *capacity >= most && most > *capacity / 2 ? *capacity : most;
}

std::string chart(const TimelineValues& values, const PoolTimeline& pool, ChartForm form, const Look& look) {
    const Timeline& timeline = values.timeline;
    const Signs signs = signs_of(form);
    const size_t per_column = values_per_column(form), columns = timeline.slot_count / per_column;
    const uint64_t top = top_of(pool);
    std::vector<uint64_t> bytes;
    for (const TimelineSlot& slot : pool.slots) bytes.push_back(slot.bytes);
    std::string text = look.paint(
        Tone::kBold, fmt::format("{} of {}{}", pool_name(pool.peak.pool), pool.peak.chips.size() == 1 ? "" : "each of ",
                                 chips_text(values.recording, pool.peak.chips)));
    text += fmt::format(": peak {}", peak_figure(pool.peak, look));
    text += of_capacity(pool.peak.low, pool.peak.capacity_bytes, look) + "\n";
    text = wrapped_below(text, look);
    const std::vector<std::string> curve = filled_curve(bytes, top, kRows, form);
    for (size_t row = 0; row < kRows; ++row) {
        const std::string label = row == 0 ? look.bytes(top) : row + 1 == kRows ? "0 B" : "";
        std::string line = fmt::format("{:>{}}{}{}", label, kLabels - 1, " ", signs.axis) + curve[row];
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text + mark_lines(timeline, pool, columns, per_column, signs);
}

std::string time_axis(const TimelineValues& values, size_t columns) {
    const Timeline& timeline = values.timeline;
    const std::string end =
        timeline.by_time ? human_duration(timeline.to - timeline.zero) : counted(timeline.events, "event");
    const std::string begin = axis_begin(timeline);
    return std::string(kLabels + 1, ' ') + begin +
           std::string(columns > begin.size() + width_of(end) ? columns - begin.size() - width_of(end) : 1, ' ') + end +
           "\n";
}

// What of the recording is drawn, where that is not all.
std::string drawn_line(const Timeline& timeline) {
    if (!timeline.by_time)
        return timeline.times_known ? "Drawn in the order of events, each as wide as another; by time: --by time.\n"
                                    : "";
    if (timeline.from == timeline.whole_from && timeline.to == timeline.whole_to) return "";
    return fmt::format("Drawn: {} of {}, from the first allocation to the end of use.\n",
                       human_duration(timeline.to - timeline.from),
                       human_duration(timeline.whole_to - timeline.whole_from));
}

std::string legend(const Timeline& timeline, const std::vector<const PoolTimeline*>& drawn, const Signs& signs) {
    std::string text = signs.peak + " peak";
    if (!timeline.failures.empty()) {
        text += fmt::format("   {} {}", signs.failure,
                            counted(timeline.failures.size() + timeline.failures_left_out, "failure"));
        const auto elsewhere = std::ranges::count_if(timeline.failures, [&](const TimelineSpan& failure) {
            return std::ranges::none_of(drawn,
                                        [&](const PoolTimeline* pool) { return is_failure_of(failure, pool->peak); });
        });
        if (elsewhere != 0) text += fmt::format(", {} of them of no curve above", elsewhere);
    }
    if (!timeline.gaps.empty()) text += fmt::format("   {} history lost", signs.gap);
    const auto left_out = [&](uint64_t count, const char* noun, const std::vector<TimelineSpan>& spans) {
        if (count != 0) text += "   " + counted(count, noun) + " " + why_left_out(spans) + " to be drawn";
    };
    left_out(timeline.iterations_left_out, "iteration", timeline.iterations);
    left_out(timeline.operations_left_out, "operation", timeline.operations);
    const auto width = timeline.by_time
                           ? human_duration((timeline.to - timeline.from) / static_cast<WallTime>(timeline.slot_count))
                           : counted(std::max<uint64_t>(1, timeline.events / timeline.slot_count), "event");
    return text + "\nEach step of a curve is the largest use in " + width + ".\n" + drawn_line(timeline);
}

}  // namespace

std::string axis_begin(const Timeline& timeline) {
    if (!timeline.by_time) return "0";
    return timeline.from <= timeline.zero ? "0 s" : human_duration(timeline.from - timeline.zero);
}

size_t timeline_slots(const Look& look, ChartForm form) { return columns_of(look) * values_per_column(form); }

std::string timeline_text(const TimelineValues& values, ChartForm form, const Look& look) {
    const Timeline& timeline = values.timeline;
    if (values.recording.end.processes.empty()) {
        return nothing_text("Nothing is tracked: there is nothing to draw.", timeline.coverage, look);
    }
    std::string text =
        wrapped_below(look.paint(Tone::kBold, first_line(values.recording, timeline.pools, look)), look) + "\n";
    if (timeline.pools.empty()) return text + recorded_line(values.recording) + coverage_lines(timeline.coverage, look);
    text += "\n";
    std::vector<const PoolTimeline*> drawn;
    size_t left_out = 0;
    for (const PoolTimeline& pool : timeline.pools) {
        if (pool.slots[pool.peak_slot].bytes == 0) continue;  // nothing of it is recorded
        if (drawn.size() == kMostCharts) {
            ++left_out;
            continue;
        }
        drawn.push_back(&pool);
        text += chart(values, pool, form, look);
        text += time_axis(values, timeline.slot_count / values_per_column(form)) + "\n";
    }
    if (left_out != 0) text += counted(left_out, "curve") + " not drawn: choose with --pool and --chip\n";
    return text + wrapped_below(legend(timeline, drawn, signs_of(form)) + recorded_line(values.recording), look) +
           coverage_lines(timeline.coverage, look);
}

}  // namespace ttmem
