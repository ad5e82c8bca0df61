#include "src/base/duration.h"

#include <array>
#include <utility>

namespace ttmem {
namespace {

constexpr int64_t kMost = int64_t{86'400'000} * 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_spaces(std::string_view& text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// Nanoseconds of the unit that it begins with; a second where nothing follows. 0: none.
int64_t take_unit(std::string_view& text) {
    constexpr std::array<std::pair<std::string_view, int64_t>, 7> kUnits = {{{"us", 1'000},
                                                                             {"ms", 1'000'000},
                                                                             {"min", 60'000'000'000},
                                                                             {"s", 1'000'000'000},
                                                                             {"m", 60'000'000'000},
                                                                             {"h", 3'600'000'000'000},
                                                                             {"d", 86'400'000'000'000}}};
    if (text.empty()) return 1'000'000'000;
    for (const auto& [name, nanoseconds] : kUnits) {
        if (!text.starts_with(name)) continue;
        text.remove_prefix(name.size());
        return nanoseconds;
    }
    return 0;
}

// "1.68 s" of "1.68 s and more". -1: it is none.
int64_t take_part(std::string_view& text) {
    constexpr int64_t kMostDigits = 1'000'000'000, kMostWhole = 100'000'000'000'000;
    __int128 digits = 0, scale = 1;
    bool any = false, after_point = false;
    for (; !text.empty() && (is_digit(text.front()) || (text.front() == '.' && !after_point)); text.remove_prefix(1)) {
        after_point |= text.front() == '.';
        if (!is_digit(text.front())) continue;
        any = true;
        if (scale == kMostDigits) continue;
        digits = digits * 10 + (text.front() - '0');
        if (after_point) scale *= 10;
        if (digits / scale > kMostWhole) return -1;
    }
    skip_spaces(text);
    const int64_t unit = take_unit(text);
    if (!any || unit == 0 || digits * unit / scale > kMost) return -1;
    return static_cast<int64_t>(digits * unit / scale);
}

}  // namespace

std::optional<int64_t> duration_from_text(std::string_view text) {
    skip_spaces(text);
    if (text.empty()) return std::nullopt;
    int64_t total = 0;
    while (!text.empty()) {
        const int64_t part = take_part(text);
        if (part < 0 || part > kMost - total) return std::nullopt;
        total += part;
        skip_spaces(text);
    }
    return total;
}

}  // namespace ttmem
