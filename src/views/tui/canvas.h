// What a terminal is to show, as values: a grid of characters, each with a style. Nothing here knows a terminal.
//
// Every cell has one character of known width, so that no name, whoever chose it, can move what stands beside it:
// characters without a width (marks that combine, joiners) and such that the C library does not know stand as `?`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem::tui {

// What a cell means, not how it looks: the palette of the terminal says that.
enum class Ink : uint8_t {
    kPlain,
    kDim,
    kGood,
    kWarning,
    kBad,
    kTensor,
    kPersistent,
    kProgram,
    kTrace,
    kBuffers,  // circular and dataflow buffers
    kRuntime,
    kLeaked,
    kUnknown,
};

struct Style {
    Ink ink = Ink::kPlain;
    bool bold = false;
    bool reverse = false;
    friend bool operator==(const Style&, const Style&) = default;
};

struct Glyph {
    char32_t character = U' ';
    Style style;
    // The right half of the character before it: nothing stands there.
    bool covered = false;
    friend bool operator==(const Glyph&, const Glyph&) = default;
};

// 1 or 2 columns; 0 for what cannot have a cell of its own.
size_t columns_of(char32_t character);

// Columns that write() takes for a text.
size_t columns_of(std::string_view utf8);

// The text cut to `columns`, in its middle: "matmul_pr...bias".
std::string fitted(std::string_view utf8, size_t columns);

struct Size {
    size_t columns = 80, rows = 24;
    friend bool operator==(const Size&, const Size&) = default;
};

class Canvas {
public:
    explicit Canvas(Size size) : size_(size), glyphs_(size.columns * size.rows) {}

    Size size() const { return size_; }
    const Glyph& at(size_t column, size_t row) const { return glyphs_[row * size_.columns + column]; }

    // From `column` to the right, as far as `end` and the canvas reach; returns the column after it. A wide character
    // that would be cut is left out. Outside of the canvas nothing happens.
    size_t write(size_t column, size_t row, std::string_view utf8, Style style = {}, size_t end = SIZE_MAX);

    // The style of a whole line, up to `end`; what is written stays.
    void restyle(size_t row, Style style, size_t column = 0, size_t end = SIZE_MAX);

    // Lines without blanks at their ends, each with a newline.
    std::string text() const;

    friend bool operator==(const Canvas&, const Canvas&) = default;

private:
    Glyph& glyph(size_t column, size_t row) { return glyphs_[row * size_.columns + column]; }
    void set(size_t column, size_t row, char32_t character, Style style, size_t width);

    Size size_;
    std::vector<Glyph> glyphs_;
};

void append_utf8(std::string& out, char32_t character);

}  // namespace ttmem::tui
