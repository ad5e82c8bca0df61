#include "src/views/text/look.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"

namespace ttmem {
namespace {

const char* escape_of(Tone tone) {
    switch (tone) {
        case Tone::kPlain:
            return "";
        case Tone::kBold:
            return "\x1b[1m";
        case Tone::kDim:
            return "\x1b[2m";
        case Tone::kGood:
            return "\x1b[32m";
        case Tone::kWarning:
            return "\x1b[33m";
        case Tone::kBad:
            return "\x1b[31m";
    }
    return "";
}

bool continues_a_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

std::string Look::bytes(std::optional<uint64_t> value) const {
    if (!value) return "-";
    return exact_bytes ? with_commas(*value) : human_bytes(*value);
}

std::string Look::bytes(const std::optional<Interval>& value) const {
    if (!value) return "-";
    const std::string low = bytes(value->low), high = bytes(value->high);
    if (value->exact()) return low;
    return low == high || value->high == UINT64_MAX ? at_least(true, low) : low + ".." + high;
}

std::string Look::paint(Tone tone, const std::string& text) const {
    if (!color || tone == Tone::kPlain || text.empty()) return text;
    return escape_of(tone) + text + "\x1b[0m";
}

std::string age_text(WallTime now, WallTime then) { return human_duration(std::max<WallTime>(0, now - then)); }

std::string of_capacity(uint64_t peak, std::optional<uint64_t> capacity, const Look& look) {
    if (!capacity) return "";
    if (*capacity == 0 && peak != 0) return " of - (0 B since the chip was opened again)";
    return fmt::format(" of {} ({})", look.bytes(capacity), percent(peak, capacity));
}

std::string percent(std::optional<uint64_t> part, std::optional<uint64_t> whole) {
    if (!part || !whole || *whole == 0) return "-";
    const double share = 100.0 * static_cast<double>(*part) / static_cast<double>(*whole);
    if (*part != 0 && share < 0.1) return "<0.1%";
    if (share > 999.9) return ">999%";
    return fmt::format("{:.1f}%", share);
}

std::string name_cell(const std::string& name, size_t width) {
    const std::string text = printable(name);
    if (text.size() <= width) return text;
    size_t head = width / 2 - 1, tail = text.size() - (width - width / 2 - 2);
    while (head > 0 && continues_a_character(text[head])) --head;
    while (tail < text.size() && continues_a_character(text[tail])) ++tail;
    return text.substr(0, head) + "..." + text.substr(tail);
}

}  // namespace ttmem
