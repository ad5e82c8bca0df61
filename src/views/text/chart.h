// A filled curve in characters: in braille, in blocks, or in ASCII where nothing else is shown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttmem {

enum class ChartForm : uint8_t { kBraille, kBlocks, kAscii };

// Values that stand side by side in one character.
constexpr size_t values_per_column(ChartForm form) { return form == ChartForm::kBraille ? 2 : 1; }

// `rows` lines, the highest first, of values.size() / values_per_column() characters each. `top` is what a full column
// stands for. A value that is not 0 shows at least the smallest mark; one above `top` fills its column.
std::vector<std::string> filled_curve(const std::vector<uint64_t>& values, uint64_t top, size_t rows, ChartForm form);

}  // namespace ttmem
