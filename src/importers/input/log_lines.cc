#include "src/importers/input/log_lines.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "src/importers/input/characters.h"

namespace ttmem {
namespace {

constexpr size_t kLineReadBytes = size_t{1} << 18;

}  // namespace

Result<uint64_t> for_each_line(const ByteReader& read, const std::function<void(const LogLine&)>& each) {
    std::string buffer(kLineReadBytes, '\0');
    std::string begun;  // the line so far, of which the end is not read yet
    uint64_t number = 1, line_offset = 0, offset = 0;
    for (;;) {
        const Result<size_t> got = read(buffer.data(), buffer.size());
        if (!got) {
            return Error{"it cannot be read at byte " + std::to_string(offset) + ": " + got.error().what,
                         got.error().why, got.error().next};
        }
        if (*got == 0) break;
        std::string_view rest(buffer.data(), *got);
        while (!rest.empty()) {
            const size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view part = rest.substr(0, end);
            const bool whole = end < rest.size();
            if (whole && begun.empty()) {
                each({part.substr(0, kMostLineBytes), number, line_offset});
            } else {
                begun.append(part.substr(0, kMostLineBytes - std::min(begun.size(), kMostLineBytes)));
                if (whole) each({begun, number, line_offset});
            }
            offset += end + whole;
            rest.remove_prefix(end + whole);
            if (!whole) break;
            begun.clear();
            ++number;
            line_offset = offset;
        }
    }
    if (offset > line_offset) each({begun, number, line_offset});
    return offset;
}

std::string_view after_common_head(std::string_view line, std::string_view other) {
    size_t at = 0, h = 0;
    while (at < line.size() && h < other.size()) {
        if (is_digit(line[at]) && is_digit(other[h])) {
            while (at < line.size() && is_digit(line[at])) ++at;
            while (h < other.size() && is_digit(other[h])) ++h;
        } else if (line[at] == other[h]) {
            ++at, ++h;
        } else {
            break;
        }
    }
    return line.substr(at);
}

}  // namespace ttmem
