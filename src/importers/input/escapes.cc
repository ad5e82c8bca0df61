#include "src/importers/input/escapes.h"

#include <algorithm>
#include <array>

#include "src/importers/input/characters.h"

namespace ttmem {
namespace {

constexpr size_t kMostControlBytes = 32, kMostStringBytes = 200;
// The spellings of the escape byte.
constexpr std::array<std::string_view, 8> kEscapes = {"\x1b",    "^[",      "\\x1b", "\\x1B",
                                                      "\\u001b", "\\u001B", "\\033", "\\e"};

// After the string that begins at `at`, up to its end; `at` when it has none.
size_t skip_string(std::string_view bytes, size_t at) {
    const std::string_view rest = bytes.substr(at, kMostStringBytes);
    const size_t end = rest.find_first_of("\a\x1b\n", 1);
    if (end == std::string_view::npos || rest[end] == '\n') return at;
    if (rest[end] == '\a') return at + end + 1;
    return rest.substr(end).starts_with("\x1b\\") ? at + end + 2 : at;
}

// After a character that takes no place: a blank of no width, a hyphen that is not shown.
size_t skip_unseen(std::string_view bytes, size_t at) {
    static constexpr auto kUnseen = std::to_array<std::string_view>(
        {"\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xc2\xad"});
    for (const std::string_view unseen : kUnseen) {
        if (bytes.substr(at).starts_with(unseen)) return at + unseen.size();
    }
    return at;
}

}  // namespace

size_t skip_escape(std::string_view bytes, size_t at) {
    if (at < bytes.size() && (bytes[at] == '\xe2' || bytes[at] == '\xc2' || bytes[at] == '\xef'))
        return skip_unseen(bytes, at);
    if (at >= bytes.size() || (bytes[at] != '\x1b' && bytes[at] != '^' && bytes[at] != '\\')) return at;
    if (bytes[at] == '\x1b' && at + 1 < bytes.size() && (bytes[at + 1] == ']' || bytes[at + 1] == '_'))
        return skip_string(bytes, at);
    size_t p = at;
    while (p + 1 < bytes.size() && bytes[p] == '\\' && bytes[p + 1] == '\\') ++p;  // escaped more than once
    const std::string_view rest = bytes.substr(p, kMostControlBytes);
    for (const std::string_view escape : kEscapes) {
        if (!rest.starts_with(escape) || rest.size() <= escape.size() || rest[escape.size()] != '[') continue;
        for (size_t i = escape.size() + 1; i < rest.size(); ++i) {
            if (rest[i] >= '@' && rest[i] <= '~') return p + i + 1;
            if (!is_digit(rest[i]) && rest[i] != ';' && rest[i] != '?') break;
        }
    }
    return at;
}

std::string without_escapes(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const size_t next = skip_escape(text, at);
        if (next == at) plain += text[at++];
        at = std::max(next, at);
    }
    return plain;
}

}  // namespace ttmem
