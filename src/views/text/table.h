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
    bool may_shorten = false;   // its cells may be cut in their middle where the terminal is narrow
    int spare = 0;              // where that does not suffice, the column with the highest goes first; 0 never goes
    bool is_line = false;       // of a program: cut as shortened_line() does
    bool is_list = false;       // cut as shortened_list() does
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

    // Title line and rows, each ended by a newline, without blanks at the ends of lines. No line is wider than the look
    // as far as columns can be shortened and spared; those that were left out are named in a last line.
    std::string render(const Look& look) const;

private:
    std::vector<size_t> natural_widths() const;
    std::string left_out_line(const std::vector<size_t>& natural, const std::vector<size_t>& fitted,
                              const Look& look) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// Characters, not bytes, of valid UTF-8.
size_t width_of(const std::string& text);

// Cut in its middle to `width` characters where it is longer: "matmul_pr...bias".
std::string shortened(const std::string& text, size_t width);

// Likewise "model.py:42 forward", of which the number is what one looks for: "model.py:42 fo...", "model.py:42",
// "...el.py:42".
std::string shortened_line(const std::string& line, size_t width);

// Of items with commas between them the first ones that fit, whole: "ttnn.add 55.0%, ..."; where not even one does, it
// is cut as any text.
std::string shortened_list(const std::string& list, size_t width);

}  // namespace ttmem
