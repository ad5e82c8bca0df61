#include "src/base/text.h"

#include "src/base/graphic.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace ttmem {
namespace {

// Bytes of the UTF-8 sequence that begins at `text`, 0 when it is not a valid one (overlong and surrogates included).
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    const unsigned char second = byte(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool outside = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
    return overlong || outside ? 0 : length;
}

// Of one valid sequence.
uint32_t code_point(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first;
    uint32_t code = first & (0xffu >> (sequence.size() + 1));
    for (const char c : sequence.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
    return code;
}

void append_hex(std::string& out, std::string_view bytes) {
    for (const char c : bytes) {
        char text[5];
        std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned char>(c));
        out += text;
    }
}

// A unit of UTF-16 as JSON spells it.
void append_unit(std::string& out, uint32_t unit) {
    char text[7];
    std::snprintf(text, sizeof text, "\\u%04x", unit & 0xffff);
    out += text;
}

std::string format(const char* pattern, double value, const char* unit) {
    char text[64];
    std::snprintf(text, sizeof text, pattern, value, unit);
    return text;
}

}  // namespace

std::string with_commas(uint64_t value) {
    std::string digits = std::to_string(value);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
    return digits;
}

std::string counted(uint64_t count, std::string_view noun, std::string_view plural) {
    const std::string number = with_commas(count) + " ";
    if (count == 1) return number + std::string(noun);
    return number + (plural.empty() ? std::string(noun) + "s" : std::string(plural));
}

std::string bytes_text(uint64_t bytes) { return with_commas(bytes) + " B"; }

std::string human_bytes(uint64_t bytes) {
    static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1023.5 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    if (unit == 0) return std::to_string(bytes) + " B";
    return format(value < 9.995 ? "%.2f %s" : value < 99.95 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
}

namespace {

// Three digits, without zeros at their end: "1.68 s", "1.6 s", "12.3 ms", "733 ms".
std::string duration_in(int64_t nanoseconds, int64_t unit, const char* name) {
    const double value = static_cast<double>(nanoseconds) / static_cast<double>(unit);
    std::string text = format(value < 9.995 ? "%.2f%s" : value < 99.95 ? "%.1f%s" : "%.0f%s", value, "");
    if (text.find('.') != std::string::npos) text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text + " " + name;
}

int64_t rounded(int64_t nanoseconds, int64_t unit) { return (nanoseconds + unit / 2) / unit; }

}  // namespace

std::string human_duration(int64_t nanoseconds) {
    constexpr int64_t kSecond = 1'000'000'000;
    if (nanoseconds < 500) return "0 s";
    if (nanoseconds < 999'500) return std::to_string(rounded(nanoseconds, 1000)) + " us";
    if (nanoseconds < 999'500'000) return duration_in(nanoseconds, 1'000'000, "ms");
    if (nanoseconds < 59'950'000'000) return duration_in(nanoseconds, kSecond, "s");
    const int64_t seconds = rounded(nanoseconds, kSecond);
    if (seconds < 3600) return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
    const int64_t minutes = rounded(seconds, 60);
    if (minutes < 1440) return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
    const int64_t hours = rounded(minutes, 60);
    return std::to_string(hours / 24) + " d " + std::to_string(hours % 24) + " h";
}

namespace {

// With so many digits of a second, cut off.
std::string rfc3339_with(int64_t wall_ns, int digits) {
    std::time_t seconds = static_cast<std::time_t>(wall_ns / 1'000'000'000);
    int64_t rest = wall_ns % 1'000'000'000;
    if (rest < 0) {
        rest += 1'000'000'000;
        --seconds;
    }
    for (int digit = digits; digit < 9; ++digit) rest /= 10;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[80];
    const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text + length, sizeof text - length, ".%0*dZ", digits, static_cast<int>(rest));
    return text;
}

}  // namespace

std::string rfc3339(int64_t wall_ns) { return rfc3339_with(wall_ns, 3); }

std::string rfc3339_of_event(int64_t wall_ns, int64_t until, int digits) {
    int64_t unit = 1'000'000'000;
    for (int digit = 0; digit < digits; ++digit) unit /= 10;
    for (; unit > 1 && wall_ns - wall_ns % unit + unit > until; unit /= 10) ++digits;
    return rfc3339_with(wall_ns, digits);
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || !(value >= 0)) return std::nullopt;
    std::string unit(end, text.data() + text.size());
    if (!unit.empty() && unit.front() == ' ') unit.erase(0, 1);
    if (unit.empty() || unit == "B") unit = "";
    static constexpr std::string_view kPrefixes = "KMGTPE";
    double scale = 1;
    if (!unit.empty()) {
        const size_t power = kPrefixes.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0]))));
        const std::string rest = unit.substr(1);
        if (power == std::string_view::npos || (!rest.empty() && rest != "iB" && rest != "B")) return std::nullopt;
        scale = std::pow(rest == "B" ? 1000.0 : 1024.0, static_cast<double>(power) + 1);
    }
    const double bytes = value * scale;
    if (bytes >= 18446744073709551616.0) return std::nullopt;
    return static_cast<uint64_t>(bytes);
}

std::optional<uint64_t> parse_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (problem != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::string escaped_controls(std::string text) {
    const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x7f; };  // breaks of lines are our own
    const auto first = std::find_if_not(text.begin(), text.end(), is_plain);
    if (first == text.end()) return text;
    std::string out(text.begin(), first);
    std::string_view rest = std::string_view(text).substr(out.size());
    while (!rest.empty()) {
        const size_t length = std::max<size_t>(utf8_length(rest), 1);
        const std::string_view sequence = rest.substr(0, length);
        const bool plain = is_plain(sequence[0]);
        const uint32_t code = plain ? 0 : code_point(sequence);
        if (plain || is_graphic(code)) {
            out += sequence;
        } else if (code < 0x10000) {
            append_unit(out, code);
        } else {
            append_unit(out, 0xd800 + ((code - 0x10000) >> 10));
            append_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
        }
        rest.remove_prefix(length);
    }
    return out;
}

std::string printable(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const size_t length = utf8_length(bytes);
        const std::string_view sequence = bytes.substr(0, length == 0 ? 1 : length);
        if (length == 0 || !is_graphic(code_point(sequence))) {
            append_hex(out, sequence);
        } else {
            out += sequence;
        }
        bytes.remove_prefix(sequence.size());
    }
    return out;
}

std::string valid_utf8(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const size_t length = utf8_length(bytes);
        out += length == 0 ? std::string_view("\xef\xbf\xbd") : bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string hex128(unsigned __int128 value) {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(value >> 64),
                  static_cast<unsigned long long>(value));
    return text;
}

std::optional<unsigned __int128> parse_hex128(std::string_view text) {
    if (text.size() != 32) return std::nullopt;
    unsigned __int128 value = 0;
    for (const char c : text) {
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        value = value << 4 | static_cast<unsigned>(digit);
    }
    return value;
}

std::string hex64(uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string address_text(uint64_t address) { return with_commas(address) + " (" + hex64(address) + ")"; }

}  // namespace ttmem
