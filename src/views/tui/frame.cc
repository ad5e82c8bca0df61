#include "src/views/tui/frame.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/snapshot/chip_sums.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/base/duration.h"
#include "src/base/text.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/wrap.h"
#include "src/views/tui/help.h"
#include "src/views/tui/table.h"

namespace ttmem::tui {
namespace {

constexpr Style kBar{.ink = Ink::kPlain, .bold = false, .reverse = true};
constexpr size_t kLeastTable = 5;     // lines for a table beside a picture
constexpr size_t kFollowed = 50'000;  // rows among which the selected one is looked for again
constexpr std::array<std::string_view, kViewCount> kTabs = {"Overview", "Buffers",  "Programs", "Timeline",
                                                            "Leaks",    "Failures", "L1"};

// "19:40:12", from 2026-11-29T19:40:12.123Z.
std::string clock_text(WallTime at) { return at == 0 ? "-" : rfc3339(at).substr(11, 8); }

std::string pool_sum_text(const TopValues& values, Pool pool, const Look& look) {
    const PoolUse sum = sum_over(values.snapshot.chips, pool);
    return fmt::format("{} {} of {}", pool_name(pool), look.at_least(sum.is_bound, look.bytes(sum.reserved_bytes)),
                       look.bytes(sum.capacity_bytes));
}

void draw_header(Canvas& canvas, const TopValues& values, const State& state) {
    const Look look = look_of(state);
    const Snapshot& s = values.snapshot;
    canvas.restyle(0, kBar);
    const size_t columns = canvas.size().columns;
    const bool complete = s.coverage.complete;
    const std::string right = fmt::format("{}  {} ", complete ? "complete" : " INCOMPLETE ", clock_text(values.at));
    const size_t room = columns > columns_of(right) + 1 ? columns - columns_of(right) : 0;
    if (room != 0) {
        canvas.write(room, 0, right, kBar);
        if (!complete) canvas.write(room, 0, " INCOMPLETE ", {.ink = Ink::kBad, .bold = true});
    }
    const auto live = static_cast<size_t>(std::count_if(
        s.processes.begin(), s.processes.end(), [](const Process& p) { return p.state == ProcessState::kLive; }));
    std::vector<std::string> parts = {" ttmem top"};
    if (!values.source.empty()) parts.push_back(name_cell(values.source, 30));
    parts.push_back(counted(s.chips.size(), "chip"));
    parts.push_back(live == 0 && !s.processes.empty() ? counted(s.processes.size(), "process", "processes") + ", ended"
                                                      : counted(live, "process", "processes"));
    if (!s.chips.empty()) {
        for (const Pool pool : {Pool::kDram, Pool::kL1}) parts.push_back(pool_sum_text(values, pool, look));
    }
    size_t column = 0;
    for (const std::string& part : parts) {
        if (column + columns_of(part) + 2 > room) break;
        column = canvas.write(column, 0, part, {.bold = column == 0, .reverse = true}) + 2;
    }
}

// "1 Overview  2 Buffers", or without names where there is no room for them.
void draw_tabs(Canvas& canvas, const State& state, Shown& shown) {
    size_t needed = 0;
    for (const std::string_view name : kTabs) needed += name.size() + 5;
    const bool names = needed <= canvas.size().columns + 1;  // no gap after the last one
    size_t column = 0;
    for (size_t i = 0; i < kViewCount; ++i) {
        const bool here = static_cast<size_t>(state.view) == i;
        // Brackets, too: a terminal without any attribute has to tell which one it is.
        const std::string name = names || here ? fmt::format("{} {}", i + 1, kTabs[i]) : std::to_string(i + 1);
        column = canvas.write(column, shown.tabs_row, here ? "[" + name + "]" : " " + name + " ", {.bold = here}) + 1;
        shown.tab_ends[i] = column;
    }
}

std::string chosen_text(const TopValues& values, const State& state, const TableContent& table) {
    std::vector<std::string> parts;
    const ViewState& here = state.here();
    if (here.sort < table.sorts.size()) {
        parts.push_back(fmt::format("sort {}{}", table.sorts[here.sort], here.reversed ? ", reversed" : ""));
    }
    if (here.group < table.groups.size()) parts.push_back("by " + table.groups[here.group]);
    if (state.pool) parts.push_back(fmt::format("pool {}", pool_name(*state.pool)));
    if (state.chip != 0 && state.chip <= values.snapshot.chips.size()) {
        const std::vector<ChipUse> chips = in_order(values.snapshot.chips);
        parts.push_back("chip " + ChipNames(values.snapshot.chips).list({chips[state.chip - 1].chip.id}));
    }
    if (!state.typing && !state.filter.empty()) parts.push_back("filter " + state.filter);
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? " " : "   ") + part;
    return text;
}

// "+1.36 s, ", as other commands have it and take it; "" of looks, and where times are not known.
std::string after_zero(const TopValues& values) {
    if (values.history == nullptr || values.history->by_looks || !values.history->timeline.by_time) return "";
    const WallTime zero = values.history->timeline.zero;
    return values.at < zero || zero == 0 ? "" : "+" + exact_duration(values.at - zero) + ", ";
}

std::string moment_text(const TopValues& values, const State& state) {
    if (!state.paused && !state.moment) return "";
    const std::string step = after_zero(values) + fmt::format("step {} of {}", values.moment + 1, values.moments);
    if (values.peak_moment == values.moment) return "AT THE PEAK, " + step;
    return "PAUSED, " + step;
}

void draw_status(Canvas& canvas, const TopValues& values, const State& state, const TableContent& table, size_t row) {
    const size_t columns = canvas.size().columns;
    size_t column = 0;
    if (state.typing) {
        column = canvas.write(0, row, " filter: " + state.filter, {.bold = true});
        column = canvas.write(column, row, " ", kBar);
        canvas.write(column, row, "  Enter keeps it, Esc drops it", {.ink = Ink::kDim});
        return;
    }
    column = state.said.empty() ? canvas.write(0, row, chosen_text(values, state, table), {.ink = Ink::kDim})
                                : canvas.write(0, row, " " + printable(state.said), {.bold = true});
    std::string right = moment_text(values, state);
    if (table.rows != 0) {
        right += fmt::format("{}{} of {} ", right.empty() ? "" : "   ", with_commas(state.here().selected + 1),
                             with_commas(table.rows));
    }
    const size_t width = columns_of(right);
    if (width + column + 1 < columns) {
        canvas.write(columns - width, row, right, {.bold = state.paused});
    }
}

struct Lines {
    size_t first = 0, count = 0;
};

// As lines of this width; what goes on does so below its own begin.
std::vector<std::string> lines_of(const std::string& paragraph, size_t columns) {
    Look look;
    look.width = columns;
    const std::string text = wrapped_below(paragraph + "\n", look);
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// A text over the whole body, from line `scroll` on; returns how many lines it has.
size_t draw_text(Canvas& canvas, const std::vector<std::string>& paragraphs, Lines body, size_t scroll) {
    std::vector<std::string> lines;
    for (const std::string& paragraph : paragraphs) {
        for (std::string& line : lines_of(paragraph, canvas.size().columns)) lines.push_back(std::move(line));
    }
    for (size_t i = 0; i < body.count && scroll + i < lines.size(); ++i) {
        canvas.write(0, body.first + i, lines[scroll + i], {.bold = scroll + i == 0});
    }
    if (scroll + body.count < lines.size() && body.count != 0) {
        canvas.write(0, body.first + body.count - 1,
                     fmt::format("... {} more", counted(lines.size() - scroll - body.count + 1, "line")) +
                         std::string(canvas.size().columns, ' '),
                     {.ink = Ink::kDim});
    }
    return lines.size();
}

// The selected row stays the same thing, wherever it went.
void settle(State& state, const TableContent& table, size_t page) {
    ViewState& here = state.here();
    if (table.rows == 0) {
        here.selected = here.first = 0;
        return;
    }
    here.selected = std::min(here.selected, table.rows - 1);
    if (here.key != 0 && table.key(here.selected) != here.key && table.rows <= kFollowed) {
        for (size_t i = 0; i < table.rows; ++i) {
            if (table.key(i) == here.key) here.selected = i;
        }
    }
    here.key = table.key(here.selected);
    here.first = first_in_sight(here.first, here.selected, table.rows, page);
}

void draw_table_part(Canvas& canvas, const Content& content, State& state, Shown& shown, Lines body) {
    const TableContent& table = content.table;
    if (!table.heading.empty() && body.count > 3) {
        canvas.write(0, body.first, table.heading, {.ink = Ink::kDim});
        ++body.first, --body.count;
    }
    std::vector<Text> below;
    for (const Text& text : content.below) {
        for (std::string& line : lines_of(text.text, canvas.size().columns))
            below.emplace_back(std::move(line), text.style);
    }
    const size_t room =
        body.count > 6 ? std::max(body.count / 3, body.count - std::min(body.count, table.rows + 4)) : 0;
    if (below.size() > room) below.resize(room, Text(""));
    const size_t lines = body.count - below.size();
    shown.page = lines > 1 ? lines - 1 : 1;
    settle(state, table, shown.page);
    size_t used = 0;
    if (table.rows == 0) {
        used = std::min(lines, draw_text(canvas, {table.none}, {body.first, lines}, 0) + 1);
        canvas.restyle(body.first, {});
    } else {
        shown.table_row = body.first + 1;
        draw_table(canvas, table, body.first, lines, state.here().first, state.here().selected);
        used = std::min(lines, table.rows + 2);
    }
    for (size_t i = 0; i < below.size(); ++i) canvas.write(0, body.first + used + i, below[i].text, below[i].style);
}

void draw_body(Canvas& canvas, const Content& content, State& state, Shown& shown, Lines body) {
    const TableContent& table = content.table;
    shown.rows = content.has_table ? table.rows : 0;
    shown.sorts = std::max<size_t>(1, table.sorts.size());
    shown.groups = std::max<size_t>(1, table.groups.size());
    if (state.help || (state.detail && shown.rows != 0)) {
        settle(state, table, body.count);
        const std::vector<std::string> text = state.help ? help_lines(state.form) : table.detail(state.here().selected);
        shown.page = std::max<size_t>(1, body.count);
        shown.lines = draw_text(canvas, text, body, state.here().scroll);
        return;
    }
    state.detail = false;
    if (content.picture.draw) {
        size_t room = body.count;
        if (content.has_table) {
            const size_t wanted =
                std::max(kLeastTable, std::min(table.rows + 3 + content.below.size(), body.count / 2));
            room = body.count > wanted ? body.count - wanted : 0;
        }
        const size_t rows =
            std::min(std::max(content.picture.least_rows, std::min(content.picture.most_rows, room)), body.count);
        content.picture.draw(canvas, body.first, rows);
        body.first += rows;
        body.count -= rows;
        if (content.has_table && body.count > kLeastTable) ++body.first, --body.count;
    }
    if (content.has_table && body.count != 0) draw_table_part(canvas, content, state, shown, body);
}

Content content_of(const TopValues& values, const State& state, Size size) {
    switch (state.view) {
        case View::kOverview:
            return overview(values, state, size);
        case View::kBuffers:
            return buffers(values, state);
        case View::kPrograms:
            return programs(values, state);
        case View::kTimeline:
            return timeline(values, state, size);
        case View::kLeaks:
            return leaks(values, state);
        case View::kFailures:
            return failures(values, state);
        case View::kL1:
            return l1(values, state);
    }
    return {};
}

// At most two lines; returns the one after it.
size_t draw_verdict(Canvas& canvas, const Content& content, size_t row) {
    Look look;
    look.width = canvas.size().columns;
    const std::string text = wrapped(content.verdict, look);
    const size_t end = text.find('\n');
    const Style style{.ink = content.verdict_ink, .bold = true};
    canvas.write(0, row, text.substr(0, end), style);
    if (end == std::string::npos || canvas.size().rows < 20) return row + 1;
    const size_t next = text.find('\n', end + 1);
    std::string line = text.substr(end + 1, next - end - 1);
    if (next != std::string::npos && next + 1 < text.size()) {  // whole words, or a figure would be another one
        constexpr std::string_view kMore = " ...";
        while (columns_of(line) + kMore.size() > look.width && line.rfind(' ') != std::string::npos)
            line.erase(line.rfind(' '));
        line += kMore;
    }
    canvas.write(0, row + 1, fitted(line, look.width), style);
    return row + 2;
}

// The first thing that is missing, below the header, so that nobody takes a figure for the whole.
// Where nothing is, what no figure says: that blocks lie over each other.
size_t draw_coverage(Canvas& canvas, const Coverage& coverage, size_t row) {
    const std::string* overlaps = told_overlaps(coverage);
    if (coverage.complete && overlaps == nullptr) return row;
    const std::string title = coverage.complete ? "Note: " : "Incomplete: ";
    std::string text = coverage.notes.empty() ? "some figures could not be read" : printable(coverage.notes.front());
    if (coverage.complete) text = printable(*overlaps);
    const size_t more = coverage.complete || coverage.notes.empty() ? 0 : coverage.notes.size() - 1;
    const std::string end = more == 0 ? "" : fmt::format(" (and {} more: ?)", more);
    const size_t columns = canvas.size().columns, label = title.size();
    text = fitted(text, columns > label + end.size() ? columns - label - end.size() : 0);
    canvas.write(0, row, title, {.ink = Ink::kWarning, .bold = true});
    canvas.write(label, row, text + end, {.ink = Ink::kWarning});
    return row + 1;
}

}  // namespace

Look look_of(const State& state) {
    Look look;
    look.exact_bytes = state.exact_bytes;
    return look;
}

Frame frame_of(const TopValues& values, const State& state, Size size) {
    Frame frame{Canvas(size), {}, state};
    Canvas& canvas = frame.canvas;
    Shown& shown = frame.shown;
    shown.chips = values.snapshot.chips.size();
    shown.moments = values.moments;
    shown.moment = values.moment;
    shown.peak_moment = values.peak_moment;
    if (frame.settled.chip > shown.chips) frame.settled.chip = 0;
    const Content content = content_of(values, frame.settled, size);
    draw_header(canvas, values, frame.settled);
    draw_tabs(canvas, frame.settled, shown);
    const size_t told = draw_verdict(canvas, content, 2);
    const size_t top = draw_coverage(canvas, values.snapshot.coverage, told) + 1;
    const size_t below = 2;
    const Lines body{top, size.rows > top + below ? size.rows - top - below : 0};
    draw_body(canvas, content, frame.settled, shown, body);
    if (size.rows > top + below) {
        draw_status(canvas, values, frame.settled, content.table, size.rows - 2);
        draw_keys(canvas, frame.settled, size.rows - 1);
    }
    return frame;
}

}  // namespace ttmem::tui
