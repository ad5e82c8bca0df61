#include "src/views/tui/table.h"

#include <algorithm>
#include <numeric>

#include "src/views/text/table.h"

namespace ttmem::tui {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kReadable = 16, kLeastShortened = 8;  // columns of a name that is cut
// Rows that widths are made from, beside those in sight: so that columns seldom move while one scrolls.
constexpr size_t kMeasured = 100;

struct Measured {
    std::vector<std::vector<Text>> rows;  // in sight
    std::vector<size_t> widths;           // 0: left out
};

Measured measured(const TableContent& table, size_t first, size_t count) {
    Measured found;
    std::vector<size_t> widest(table.columns.size(), 0);
    const auto measure = [&](const std::vector<Text>& row) {
        for (size_t i = 0; i < widest.size(); ++i) widest[i] = std::max(widest[i], columns_of(row[i].text));
    };
    for (size_t i = 0; i < std::min(table.rows, kMeasured); ++i) {
        if (i < first || i >= first + count) measure(table.row(i));
    }
    for (size_t i = first; i < std::min(table.rows, first + count); ++i) {
        found.rows.push_back(table.row(i));
        measure(found.rows.back());
    }
    for (size_t i = 0; i < widest.size(); ++i) {
        const Column& column = table.columns[i];
        const bool unused = column.only_if_used && widest[i] == 0;
        found.widths.push_back(unused ? 0 : std::max(widest[i], columns_of(column.title)));
    }
    return found;
}

size_t total(const std::vector<size_t>& widths) {
    size_t columns = 0, sum = 0;
    for (const size_t width : widths) {
        columns += width != 0 ? 1 : 0;
        sum += width;
    }
    return columns == 0 ? 0 : sum + kGap * (columns - 1);
}

// Shortens what may be shortened, the widest first, to no less than `least` columns.
void shorten(const TableContent& table, std::vector<size_t>& widths, size_t room, size_t least) {
    while (total(widths) > room) {
        size_t widest = widths.size();
        for (size_t i = 0; i < widths.size(); ++i) {
            if (!table.columns[i].may_shorten || widths[i] <= std::max(least, columns_of(table.columns[i].title)))
                continue;
            if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
        }
        if (widest == widths.size()) return;
        --widths[widest];
    }
}

// As long as names can still be read; then what can be spared is left out, the most spare first; then names give way.
void fit(const TableContent& table, std::vector<size_t>& widths, size_t room) {
    std::vector<size_t> natural = widths;
    while (true) {
        widths = natural;
        shorten(table, widths, room, kReadable);
        if (total(widths) <= room) return;
        size_t spare = widths.size();
        for (size_t i = 0; i < widths.size(); ++i) {
            if (widths[i] == 0 || table.columns[i].spare == 0) continue;
            if (spare == widths.size() || table.columns[i].spare > table.columns[spare].spare) spare = i;
        }
        if (spare == widths.size()) break;
        natural[spare] = 0;
    }
    shorten(table, widths, room, kLeastShortened);  // the canvas cuts what is left
}

void draw_row(Canvas& canvas, const TableContent& table, const std::vector<size_t>& widths,
              const std::vector<Text>& cells, size_t row, bool selected) {
    size_t column = 0;
    if (selected) canvas.restyle(row, {.reverse = true});
    for (size_t i = 0; i < widths.size(); ++i) {
        if (widths[i] == 0) continue;
        const std::string& whole = cells[i].text;
        const std::string text = fitted(table.columns[i].is_line ? shortened_line(whole, widths[i]) : whole, widths[i]);
        const size_t blanks = widths[i] - columns_of(text);
        Style style = cells[i].style;
        if (selected) style = {.ink = Ink::kPlain, .bold = style.bold, .reverse = true};
        canvas.write(column + (table.columns[i].right ? blanks : 0), row, text, style);
        column += widths[i] + kGap;
    }
}

}  // namespace

size_t first_in_sight(size_t first, size_t selected, size_t rows, size_t page) {
    if (rows <= page) return 0;
    first = std::min(first, rows - page);
    if (selected < first) return selected;
    return selected >= first + page ? selected - page + 1 : first;
}

void draw_table(Canvas& canvas, const TableContent& table, size_t row, size_t lines, size_t first, size_t selected) {
    if (lines == 0) return;
    Measured found = measured(table, first, lines - 1);
    fit(table, found.widths, canvas.size().columns);
    std::vector<Text> titles;
    for (const Column& column : table.columns) titles.emplace_back(column.title, Style{.bold = true});
    draw_row(canvas, table, found.widths, titles, row, false);
    for (size_t i = 0; i < found.rows.size(); ++i) {
        draw_row(canvas, table, found.widths, found.rows[i], row + 1 + i, first + i == selected);
    }
}

}  // namespace ttmem::tui
