#include "src/views/text/chart.h"

#include <algorithm>
#include <array>

namespace ttmem {
namespace {

// How many of so many steps a value fills.
size_t steps(uint64_t value, uint64_t top, size_t all) {
    if (value == 0 || top == 0) return 0;
    if (value >= top) return all;
    const auto share = static_cast<long double>(value) / static_cast<long double>(top);
    return std::max<size_t>(1, static_cast<size_t>(share * static_cast<long double>(all)));
}

std::string utf8(uint32_t character) {
    return {static_cast<char>(0xe0 | character >> 12), static_cast<char>(0x80 | (character >> 6 & 0x3f)),
            static_cast<char>(0x80 | (character & 0x3f))};
}

// Dots of a braille character from below, its left and its right column.
constexpr std::array<std::array<uint32_t, 4>, 2> kDots = {{{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}};

std::string braille(size_t left, size_t right) {
    uint32_t dots = 0;
    for (size_t i = 0; i < std::min<size_t>(left, 4); ++i) dots |= kDots[0][i];
    for (size_t i = 0; i < std::min<size_t>(right, 4); ++i) dots |= kDots[1][i];
    return dots == 0 ? " " : utf8(0x2800 | dots);
}

std::string block(size_t eighths) {
    return eighths == 0 ? " " : utf8(0x2580 + static_cast<uint32_t>(std::min<size_t>(eighths, 8)));
}

std::string ascii(size_t halves) { return halves == 0 ? " " : halves == 1 ? "." : "#"; }

}  // namespace

std::vector<std::string> filled_curve(const std::vector<uint64_t>& values, uint64_t top, size_t rows, ChartForm form) {
    const size_t in_row = form == ChartForm::kBraille ? 4 : form == ChartForm::kBlocks ? 8 : 2;
    const auto in = [&](size_t value, size_t below) {
        const size_t filled = steps(values[value], top, rows * in_row);
        return filled > below ? filled - below : 0;
    };
    std::vector<std::string> lines(rows);
    for (size_t row = 0; row < rows; ++row) {
        const size_t below = (rows - 1 - row) * in_row;
        std::string& line = lines[row];
        for (size_t i = 0; i < values.size(); i += values_per_column(form)) {
            switch (form) {
                case ChartForm::kBraille:
                    line += braille(in(i, below), i + 1 < values.size() ? in(i + 1, below) : 0);
                    break;
                case ChartForm::kBlocks:
                    line += block(in(i, below));
                    break;
                case ChartForm::kAscii:
                    line += ascii(in(i, below));
                    break;
            }
        }
    }
    return lines;
}

}  // namespace ttmem
