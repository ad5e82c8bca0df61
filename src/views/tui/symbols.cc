#include "src/views/tui/symbols.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ttmem::tui {
namespace {

constexpr std::array<std::string_view, 9> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::array<std::string_view, 9> kLevels = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string repeated(std::string_view piece, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += piece;
    return text;
}

size_t steps_of(double share, size_t all) {
    if (share <= 0) return 0;
    return std::clamp<size_t>(static_cast<size_t>(std::min(share, 1.0) * static_cast<double>(all)), 1, all);
}

}  // namespace

std::optional<double> share_of(std::optional<uint64_t> part, std::optional<uint64_t> whole) {
    if (!part || !whole || *whole == 0) return std::nullopt;
    return static_cast<double>(*part) / static_cast<double>(*whole);
}

std::string bar(std::optional<double> share, size_t columns, ChartForm form) {
    if (columns < 3) return "";
    const size_t inner = columns - 2;
    const bool ascii = form == ChartForm::kAscii;
    const std::string left = ascii ? "[" : "▕", right = ascii ? "]" : "▏";
    if (!share) return left + repeated(ascii ? "?" : "░", inner) + right;
    std::string filled;
    size_t used = 0;
    if (ascii) {
        used = steps_of(*share, inner);
        filled = repeated("#", used);
    } else if (form == ChartForm::kBraille) {
        const size_t halves = steps_of(*share, inner * 2);
        used = (halves + 1) / 2;
        filled = repeated("⣿", halves / 2) + (halves % 2 != 0 ? "⡇" : "");
    } else {
        const size_t eighths = steps_of(*share, inner * 8);
        used = (eighths + 7) / 8;
        filled = repeated("█", eighths / 8) + std::string(kParts.at(eighths % 8));
    }
    return left + filled + std::string(inner - used, ' ') + right;
}

std::string level(std::optional<double> share, ChartForm form) {
    if (!share) return "?";
    if (form == ChartForm::kAscii) {
        constexpr std::string_view kShades = ".123456789#";
        return std::string(1, kShades[steps_of(*share, kShades.size() - 1)]);
    }
    return std::string(kLevels.at(steps_of(*share, 8)));
}

Ink ink_of_share(std::optional<double> share) {
    if (!share) return Ink::kDim;
    return *share >= 0.95 ? Ink::kBad : *share >= 0.8 ? Ink::kWarning : Ink::kTensor;
}

}  // namespace ttmem::tui
