#include "src/analysis/recording/timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/recorded.h"
#include "src/views/text/timeline.h"
#include "src/views/tui/content.h"
#include "src/views/tui/symbols.h"

namespace ttmem::tui {
namespace {

constexpr size_t kLabels = 10;    // columns left of a curve
constexpr size_t kLeastRows = 3;  // of a curve
constexpr size_t kMostRows = 16;
constexpr size_t kAround = 2;  // its title and its marks

Ink ink_of_band(Band band) {
    switch (band) {
        case Band::kLeaked:
            return Ink::kLeaked;
        case Band::kProgram:
            return Ink::kProgram;
        case Band::kTrace:
            return Ink::kTrace;
        case Band::kRuntime:
            return Ink::kRuntime;
        case Band::kPersistent:
            return Ink::kPersistent;
        case Band::kTensor:
            return Ink::kTensor;
        case Band::kUnknown:
            break;
    }
    return Ink::kUnknown;
}

// In ASCII a letter says what colors say elsewhere.
char letter_of(Band band) { return "LGRUPT#"[static_cast<size_t>(band)]; }

// What stands side by side in the picture: stretched or folded slots.
class Columns {
public:
    Columns(size_t slots, size_t columns)
        : slots_(std::max<size_t>(1, slots)), columns_(std::max<size_t>(1, columns)) {}
    size_t first_slot(size_t column) const { return std::min(slots_ - 1, column * slots_ / columns_); }
    size_t end_slot(size_t column) const {
        return std::min(slots_, std::max(first_slot(column) + 1, (column + 1) * slots_ / columns_));
    }
    size_t column_of(size_t slot) const {
        return std::min(columns_ - 1, (std::min(slot, slots_ - 1) * columns_ + columns_ / slots_ / 2) / slots_);
    }
    // The slot with the largest use among those of a column.
    size_t largest(const PoolTimeline& pool, size_t column) const {
        size_t found = first_slot(column);
        for (size_t i = found; i < end_slot(column); ++i) {
            if (pool.slots[i].bytes > pool.slots[found].bytes) found = i;
        }
        return found;
    }

private:
    size_t slots_, columns_;
};

struct Chart {
    const TopValues& values;
    State state;
    size_t columns;  // of a curve
};

// The capacity where the peak comes near it, else the peak.
uint64_t top_of(const PoolTimeline& pool) {
    const uint64_t most = pool.slots[pool.peak_slot].bytes;
    const std::optional<uint64_t> capacity = pool.peak.capacity_bytes;
    return capacity && *capacity >= most && most > *capacity / 2 ? *capacity : most;
}

// What fills the column at a height, from below in the order of kAllBands.
Band band_at(const TimelineSlot& slot, uint64_t height) {
    uint64_t sum = 0;
    for (const Band band : kAllBands) {
        sum += slot.bands[static_cast<size_t>(band)];
        if (height < sum) return band;
    }
    return Band::kTensor;
}

void draw_curve(Canvas& canvas, const Chart& chart, const PoolTimeline& pool, size_t first, size_t rows) {
    const ChartForm form = chart.state.form;
    const size_t per_column = values_per_column(form);
    const Columns fine(pool.slots.size(), chart.columns * per_column), coarse(pool.slots.size(), chart.columns);
    std::vector<uint64_t> bytes;
    for (size_t i = 0; i < chart.columns * per_column; ++i) bytes.push_back(pool.slots[fine.largest(pool, i)].bytes);
    const uint64_t top = top_of(pool);
    const std::vector<std::string> curve = filled_curve(bytes, top, rows, form);
    for (size_t row = 0; row < rows; ++row) {
        const std::string label = row == 0 ? look_of(chart.state).bytes(top) : row + 1 == rows ? "0" : "";
        canvas.write(0, first + row, fmt::format("{:>{}}", fitted(label, kLabels - 1), kLabels - 1),
                     {.ink = Ink::kDim});
        canvas.write(kLabels - 1, first + row, form == ChartForm::kAscii ? "|" : "┤", {.ink = Ink::kDim});
        canvas.write(kLabels, first + row, curve[row]);
        const uint64_t height = top / rows * (rows - 1 - row) + top / rows / 4;
        for (size_t i = 0; i < chart.columns && kLabels + i < canvas.size().columns; ++i) {
            if (canvas.at(kLabels + i, first + row).character == U' ') continue;
            const Band band = band_at(pool.slots[coarse.largest(pool, i)], height);
            canvas.restyle(first + row, {.ink = ink_of_band(band)}, kLabels + i, kLabels + i + 1);
            if (form == ChartForm::kAscii && band != Band::kUnknown) {
                canvas.write(kLabels + i, first + row, std::string(1, letter_of(band)), {.ink = ink_of_band(band)});
            }
        }
    }
}

void draw_cursor(Canvas& canvas, const Chart& chart, size_t slots, size_t first, size_t rows) {
    if (!chart.state.moment && !chart.state.paused) return;
    const size_t column = kLabels + Columns(slots, chart.columns).column_of(chart.values.moment);
    for (size_t row = first; row < first + rows; ++row) {
        if (column >= canvas.size().columns) return;
        Style style = canvas.at(column, row).style;
        style.reverse = true;
        canvas.restyle(row, style, column, column + 1);
    }
}

void draw_marks(Canvas& canvas, const Chart& chart, const PoolTimeline& pool, size_t row) {
    const Timeline& timeline = chart.values.history->timeline;
    const bool ascii = chart.state.form == ChartForm::kAscii;
    const Columns columns(pool.slots.size(), chart.columns);
    const auto mark = [&](size_t slot, const char* sign, Ink ink) {
        canvas.write(kLabels + columns.column_of(slot), row, sign, {.ink = ink, .bold = true});
    };
    for (size_t i = 0; i < chart.columns; ++i) {
        const bool lost = std::ranges::any_of(timeline.gaps, [&](const TimelineSpan& gap) {
            return columns.first_slot(i) < gap.end && columns.end_slot(i) > gap.begin;
        });
        if (lost) canvas.write(kLabels + i, row, ascii ? "?" : "░", {.ink = Ink::kDim});
    }
    if (chart.state.moment || chart.state.paused) mark(chart.values.moment, ascii ? "*" : "◆", Ink::kPlain);
    const size_t peak = columns.column_of(pool.peak_slot);
    for (const TimelineSpan& failure : timeline.failures) {
        if (!is_failure_of(failure, pool.peak)) continue;
        size_t at = columns.column_of(failure.begin);
        if (at == peak) at = peak + 1 < chart.columns ? peak + 1 : peak - 1;  // both are to be seen
        canvas.write(kLabels + at, row, ascii ? "X" : "✗", {.ink = Ink::kBad, .bold = true});
    }
    mark(pool.peak_slot, ascii ? "^" : "▲", Ink::kPlain);
}

// Names of what lasted, each behind a bar where it begins, as far as there is room.
void draw_spans(Canvas& canvas, const Chart& chart, const std::vector<TimelineSpan>& spans, std::string_view label,
                size_t slots, size_t row) {
    const Columns columns(slots, chart.columns);
    canvas.write(0, row, fmt::format("{:>{}}", label, kLabels - 1), {.ink = Ink::kDim});
    size_t free_from = 0;
    for (size_t i = 0; i < spans.size(); ++i) {
        const size_t begin = columns.column_of(spans[i].begin);
        const size_t end = i + 1 < spans.size() ? columns.column_of(spans[i + 1].begin) : chart.columns;
        if (begin < free_from || end <= begin) continue;
        canvas.write(kLabels + begin, row, chart.state.form == ChartForm::kAscii ? "|" : "│", {.ink = Ink::kDim});
        free_from = begin + 1;
        if (end - begin < 3) continue;
        const std::string name = fitted(printable(spans[i].text), end - begin - 1);
        canvas.write(kLabels + begin + 1, row, name, {.ink = Ink::kDim});
        free_from = begin + 1 + columns_of(name);
    }
}

void draw_legend(Canvas& canvas, const Chart& chart, const std::vector<size_t>& pools, size_t row) {
    const Timeline& timeline = chart.values.history->timeline;
    const bool ascii = chart.state.form == ChartForm::kAscii;
    size_t column = kLabels;
    const auto add = [&](const std::string& sign, std::string_view words, Style style) {
        if (column + 2 + words.size() > canvas.size().columns) return;  // whole, or not there
        column = canvas.write(column, row, sign + " ", style);
        column = canvas.write(column, row, std::string(words) + "  ", {.ink = Ink::kDim});
    };
    add(ascii ? "^" : "▲", "peak", {.bold = true});
    if (chart.state.moment || chart.state.paused) add(ascii ? "*" : "◆", "here", {.bold = true});
    if (!timeline.failures.empty()) add(ascii ? "X" : "✗", "failure", {.ink = Ink::kBad});
    if (!timeline.gaps.empty()) add(ascii ? "?" : "░", "history lost", {.ink = Ink::kDim});
    const auto add_band = [&](Band band) {
        const bool used = std::ranges::any_of(pools, [&](size_t i) {
            return std::ranges::any_of(timeline.pools[i].slots, [&](const TimelineSlot& slot) {
                return slot.bands[static_cast<size_t>(band)] != 0;
            });
        });
        if (used) add(ascii ? std::string(1, letter_of(band)) : "■", band_name(band), {.ink = ink_of_band(band)});
    };
    add_band(Band::kLeaked);  // first, for the last ones may find no room
    for (const Band band : kAllBands) {
        if (band != Band::kLeaked) add_band(band);
    }
}

void draw_axis(Canvas& canvas, const Chart& chart, size_t row) {
    const Timeline& timeline = chart.values.history->timeline;
    const std::string end =
        timeline.by_time ? human_duration(timeline.to - timeline.zero) : counted(timeline.events, "event");
    canvas.write(kLabels, row, axis_begin(timeline), {.ink = Ink::kDim});
    const size_t width = columns_of(end);
    if (chart.columns > width + 4) canvas.write(kLabels + chart.columns - width, row, end, {.ink = Ink::kDim});
}

// The pools that something is known of and that were asked for.
std::vector<size_t> pools_of(const TopValues& values, const State& state) {
    std::vector<size_t> pools;
    const std::vector<PoolTimeline>& all = values.history->timeline.pools;
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].slots.empty() || all[i].slots[all[i].peak_slot].bytes == 0) continue;
        if (state.pool && all[i].peak.pool != *state.pool) continue;
        if (!lets_through(state.filter, {values.history->titles.at(i)})) continue;
        pools.push_back(i);
    }
    return pools;
}

// What was in use at this moment: of a capture no slot tells that, for it has the largest use in its stretch.
std::string here_text(const Chart& chart, const PoolTimeline& pool) {
    const Look look = look_of(chart.state);
    const size_t slot = std::min(chart.values.moment, pool.slots.size() - 1);
    if (chart.values.history->by_looks) return "; here " + look.bytes(pool.slots[slot].bytes);
    for (const ChipUse& use : chart.values.snapshot.chips) {
        const std::optional<uint64_t> bytes = use.pool(pool.peak.pool).reserved_bytes;
        if (use.chip.id == pool.peak.chips.front() && bytes)
            return "; here " + look.at_least(use.pool(pool.peak.pool).is_bound, look.bytes(*bytes));
    }
    return "; at most " + look.bytes(pool.slots[slot].bytes) + " in this step";
}

std::string title_of(const Chart& chart, size_t i, size_t left_out) {
    const PoolTimeline& pool = chart.values.history->timeline.pools[i];
    const Look look = look_of(chart.state);
    std::string text = chart.values.history->titles.at(i) + ": peak " + peak_figure(pool.peak, look) +
                       of_capacity(pool.peak.low, pool.peak.capacity_bytes, look);
    if (chart.state.moment || chart.state.paused) text += here_text(chart, pool);
    if (left_out != 0) text += fmt::format("   ({} more: p, /)", counted(left_out, "curve"));
    return text;
}

void draw(Canvas& canvas, const Chart& chart, size_t first, size_t rows) {
    const std::vector<size_t> pools = pools_of(chart.values, chart.state);
    const Timeline& timeline = chart.values.history->timeline;
    const size_t slots = timeline.slot_count;
    std::vector<std::pair<const std::vector<TimelineSpan>*, std::string_view>> lines;
    if (!timeline.iterations.empty() && rows > 10) lines.emplace_back(&timeline.iterations, "iteration");
    if (!timeline.operations.empty() && rows > 12) lines.emplace_back(&timeline.operations, "op");
    const size_t end = first + rows, below = lines.size() + 2;
    if (rows < below + kLeastRows + kAround || pools.empty()) return;
    const size_t shown = std::min(pools.size(), (rows - below) / (kLeastRows + kAround));
    const size_t each = std::min(kMostRows + kAround, (rows - below) / shown);
    for (size_t i = 0; i < shown; ++i) {
        const PoolTimeline& pool = timeline.pools[pools[i]];
        canvas.write(
            0, first,
            fitted(title_of(chart, pools[i], i + 1 == shown ? pools.size() - shown : 0), canvas.size().columns),
            {.bold = true});
        draw_curve(canvas, chart, pool, first + 1, each - kAround);
        draw_marks(canvas, chart, pool, first + each - 1);
        draw_cursor(canvas, chart, pool.slots.size(), first + 1, each - 1);
        first += each;
    }
    for (const auto& [spans, label] : lines) draw_spans(canvas, chart, *spans, label, slots, first++);
    draw_axis(canvas, chart, first++);
    if (first < end) draw_legend(canvas, chart, pools, first);
}

}  // namespace

Content timeline(const TopValues& values, const State& state, Size size) {
    Content content;
    content.has_table = false;
    if (values.history == nullptr || pools_of(values, state).empty()) {
        content.has_table = true;
        content.verdict = "Nothing was in use yet.";
        content.table.none = state.pool || !state.filter.empty() ? "No curve fits." : "Curves grow with every look.";
        return content;
    }
    content.verdict = values.history->verdict;
    const Chart chart{values, state, size.columns > kLabels + 1 ? size.columns - kLabels - 1 : 1};
    content.picture = {kLeastRows + kAround + 2, SIZE_MAX / 2,
                       [chart](Canvas& canvas, size_t first, size_t rows) { draw(canvas, chart, first, rows); }};
    return content;
}

}  // namespace ttmem::tui
