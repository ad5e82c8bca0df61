#include "src/base/duration.h"

#include <algorithm>
#include <array>
#include <string>
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

namespace {

constexpr int64_t kMicrosecond = 1'000, kMillisecond = 1'000'000, kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

// "1.68": so many of the unit, without zeros at its end.
std::string decimal(int64_t nanoseconds, int64_t unit) {
    std::string text = std::to_string(nanoseconds / unit);
    if (nanoseconds % unit == 0) return text;
    const std::string digits = std::to_string(unit + nanoseconds % unit).substr(1);  // with zeros at its begin
    return text + "." + digits.substr(0, digits.find_last_not_of('0') + 1);
}

// What three digits leave out.
int64_t step_of(int64_t nanoseconds) {
    if (nanoseconds >= kDay) return kHour;
    if (nanoseconds >= kHour) return kMinute;
    if (nanoseconds >= kMinute) return kSecond;
    int64_t step = kMicrosecond;
    while (nanoseconds >= 1000 * step) step *= 10;
    return step;
}

}  // namespace

std::string exact_duration(int64_t nanoseconds) {
    if (nanoseconds == 0) return "0 s";
    if (nanoseconds < kMillisecond) return decimal(nanoseconds, kMicrosecond) + " us";
    if (nanoseconds < kSecond) return decimal(nanoseconds, kMillisecond) + " ms";
    const int64_t seconds = nanoseconds % kMinute;
    if (nanoseconds < kMinute) return decimal(seconds, kSecond) + " s";
    const std::string minutes = std::to_string(nanoseconds % kHour / kMinute) + " min";
    if (nanoseconds < kHour) return minutes + " " + decimal(seconds, kSecond) + " s";
    const std::string rest = seconds == 0 ? "" : " " + decimal(seconds, kSecond) + " s";
    const std::string hours = std::to_string(nanoseconds % kDay / kHour) + " h";
    if (nanoseconds < kDay) return hours + " " + minutes + rest;
    const bool is_whole = nanoseconds % kHour == 0;
    return std::to_string(nanoseconds / kDay) + " d " + hours + (is_whole ? "" : " " + minutes + rest);
}

int64_t shortest_time_in(int64_t from, int64_t until) {
    int64_t step = step_of(from);
    while (step > 1) {
        const int64_t rest = from % step;
        const int64_t up = rest == 0 ? from : from - rest + step;
        if (up < until) return up;
        step = step > kMinute ? kMinute : step > kSecond ? kSecond : step / 10;
    }
    return from;
}

}  // namespace ttmem
