#include "src/views/text/table.h"

#include <algorithm>
#include <string_view>

namespace ttmem {
namespace {

constexpr std::string_view kGap = "  ";
constexpr size_t kShortest = 14;  // below it a name says too little
constexpr size_t kShortestList = 24;

void append_cell(std::string& line, const Cell& cell, const Column& column, size_t width, const Look& look) {
    const std::string text = column.is_line   ? shortened_line(cell.text, width)
                             : column.is_list ? shortened_list(cell.text, width)
                                              : shortened(cell.text, width);
    const std::string blanks(width - std::min(width, width_of(text)), ' ');
    if (!line.empty()) line += kGap;
    if (column.align == Align::kRight) line += blanks;
    line += look.paint(cell.tone, text);
    if (column.align == Align::kLeft) line += blanks;
}

// Where a character begins.
size_t byte_of(const std::string& text, size_t character) {
    size_t byte = 0;
    for (; byte < text.size(); ++byte) {
        if ((static_cast<unsigned char>(text[byte]) & 0xc0) != 0x80 && character-- == 0) break;
    }
    return byte;
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

size_t line_width(const std::vector<size_t>& widths) {
    size_t width = 0;
    for (const size_t column : widths) {
        if (column != 0) width += column + (width != 0 ? kGap.size() : 0);
    }
    return width;
}

// As narrow as the column may become.
size_t least_width(const Column& column, size_t natural) {
    const size_t shortest = column.is_list ? kShortestList : kShortest;
    return column.may_shorten ? std::min(natural, std::max(shortest, width_of(column.title))) : natural;
}

// Drops columns until the others fit when they are as narrow as they may be, then narrows the widest of them.
std::vector<size_t> fitted(const std::vector<Column>& columns, std::vector<size_t> widths, size_t width) {
    if (width == 0) return widths;
    const auto narrowest = [&] {
        std::vector<size_t> least;
        for (size_t c = 0; c < columns.size(); ++c) least.push_back(least_width(columns[c], widths[c]));
        return least;
    };
    while (line_width(narrowest()) > width) {
        size_t spared = columns.size();
        for (size_t c = 0; c < columns.size(); ++c) {
            if (widths[c] == 0 || columns[c].spare == 0) continue;
            if (spared == columns.size() || columns[c].spare > columns[spared].spare) spared = c;
        }
        if (spared == columns.size()) break;
        widths[spared] = 0;
    }
    const std::vector<size_t> least = narrowest();
    while (line_width(widths) > width) {
        size_t widest = columns.size();
        for (size_t c = 0; c < columns.size(); ++c) {
            if (widths[c] > least[c] && (widest == columns.size() || widths[c] > widths[widest])) widest = c;
        }
        if (widest == columns.size()) break;
        --widths[widest];
    }
    return widths;
}

}  // namespace

size_t width_of(const std::string& text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

// Both ends stay, for names are told apart by either.
std::string shortened(const std::string& text, size_t width) {
    const size_t length = width_of(text);
    if (length <= width || width < 5) return text;
    const size_t head = (width - 3 + 1) / 2, tail = length - (width - 3 - head);
    std::string result;
    size_t character = 0;
    for (size_t i = 0; i < text.size(); ++character) {
        size_t end = i + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
        if (character == head) result += "...";
        if (character < head || character >= tail) result.append(text, i, end - i);
        i = end;
    }
    return result;
}

std::string shortened_line(const std::string& line, size_t width) {
    constexpr size_t kWorthIt = 6;  // " fo..."
    if (width_of(line) <= width || width < 5) return line;
    const std::string place = line.substr(0, line.rfind(' '));
    const size_t room = width_of(place);
    if (room > width) return "..." + place.substr(byte_of(place, room - (width - 3)));
    return room + kWorthIt > width ? place : line.substr(0, byte_of(line, width - 3)) + "...";
}

std::string shortened_list(const std::string& list, size_t width) {
    constexpr std::string_view kComma = ", ", kMore = ", ...";
    if (width_of(list) <= width) return list;
    size_t kept = 0;
    for (size_t end = list.find(kComma); end != std::string::npos; end = list.find(kComma, end + 1)) {
        if (width_of(list.substr(0, end)) + kMore.size() > width) break;
        kept = end;
    }
    if (kept != 0) return list.substr(0, kept) + std::string(kMore);
    const size_t first = list.find(kComma);
    return first == std::string::npos ? shortened(list, width)
                                      : shortened(list.substr(0, first), width - kMore.size()) + std::string(kMore);
}

std::vector<size_t> Table::natural_widths() const {
    std::vector<size_t> widths;
    for (size_t c = 0; c < columns_.size(); ++c) {
        size_t widest = 0;
        for (const auto& row : rows_) widest = std::max(widest, width_of(row[c].text));
        const bool shown = widest != 0 || !columns_[c].only_if_used;
        widths.push_back(shown ? std::max(widest, width_of(columns_[c].title)) : 0);
    }
    return widths;
}

std::string Table::left_out_line(const std::vector<size_t>& natural, const std::vector<size_t>& fitted,
                                 const Look& look) const {
    std::string titles;
    for (size_t c = 0; c < columns_.size(); ++c) {
        if (natural[c] != 0 && fitted[c] == 0) titles += (titles.empty() ? "" : ", ") + columns_[c].title;
    }
    return titles.empty() ? "" : look.paint(Tone::kDim, "Columns left out at this width: " + titles) + "\n";
}

std::string Table::render(const Look& look) const {
    const std::vector<size_t> natural = natural_widths();
    const std::vector<size_t> widths = fitted(columns_, natural, look.width);
    std::string text;
    const auto add_line = [&](auto cell_at) {
        std::string line;
        for (size_t c = 0; c < columns_.size(); ++c) {
            if (widths[c] != 0) append_cell(line, cell_at(c), columns_[c], widths[c], look);
        }
        trim_end(line);
        text += line + "\n";
    };
    add_line([&](size_t c) { return Cell(columns_[c].title, Tone::kBold); });
    for (const auto& row : rows_) {
        add_line([&](size_t c) -> const Cell& { return row[c]; });
    }
    return text + left_out_line(natural, widths, look);
}

}  // namespace ttmem
