// Columns that line up. Widths are counted in characters, so names in any script may stand in a cell.
#pragma once

#include <string>
#include <vector>

#include "src/views/text/look.h"

namespace ttmem {

enum class Align : uint8_t { kLeft, kRight };

struct Column {
    std::string title;
    Align align = Align::kLeft;
    bool only_if_used = false;  // left out when all of its cells are empty
};

struct Cell {
    std::string text;
    Tone tone = Tone::kPlain;
    Cell(std::string cell_text, Tone cell_tone = Tone::kPlain) : text(std::move(cell_text)), tone(cell_tone) {}
    Cell(const char* cell_text) : text(cell_text) {}
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // Requires: one cell per column.
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

    // Title line and rows, each ended by a newline, without blanks at the ends of lines.
    std::string render(const Look& look) const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// Characters, not bytes, of valid UTF-8.
size_t width_of(const std::string& text);

}  // namespace ttmem
