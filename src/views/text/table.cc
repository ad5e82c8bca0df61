#include "src/views/text/table.h"

#include <algorithm>

namespace ttmem {
namespace {

constexpr const char* kGap = "  ";

void append_cell(std::string& line, const Cell& cell, Align align, size_t width, const Look& look) {
    const std::string blanks(width - std::min(width, width_of(cell.text)), ' ');
    if (!line.empty()) line += kGap;
    if (align == Align::kRight) line += blanks;
    line += look.paint(cell.tone, cell.text);
    if (align == Align::kLeft) line += blanks;
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

size_t width_of(const std::string& text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

std::string Table::render(const Look& look) const {
    std::vector<size_t> widths;
    for (size_t c = 0; c < columns_.size(); ++c) {
        size_t widest = 0;
        for (const auto& row : rows_) widest = std::max(widest, width_of(row[c].text));
        const bool shown = widest != 0 || !columns_[c].only_if_used;
        widths.push_back(shown ? std::max(widest, width_of(columns_[c].title)) : 0);
    }
    std::string text;
    const auto add_line = [&](auto cell_at) {
        std::string line;
        for (size_t c = 0; c < columns_.size(); ++c) {
            if (widths[c] != 0) append_cell(line, cell_at(c), columns_[c].align, widths[c], look);
        }
        trim_end(line);
        text += line + "\n";
    };
    add_line([&](size_t c) { return Cell(columns_[c].title, Tone::kBold); });
    for (const auto& row : rows_) {
        add_line([&](size_t c) -> const Cell& { return row[c]; });
    }
    return text;
}

}  // namespace ttmem
