#include "src/importers/input/line_breaks.h"

#include <array>
#include <string>

#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"

namespace ttmem {
namespace {

constexpr size_t kMostBreaks = 2;  // a blank line between two lines is a wrap, more are the end of the message
constexpr std::string_view kBoxLine = "\xe2\x94\x82";  // the upright line of a drawn box

// After the end of a line of JSON in which a string ends at `at` (`","stream":"stderr"}`), or `at`.
size_t skip_json_end(std::string_view bytes, size_t at) {
    if (at + 1 >= bytes.size() || bytes[at] != '"' || (bytes[at + 1] != ',' && bytes[at + 1] != '}')) return at;
    const std::string_view rest = bytes.substr(at, kMostPrefixBytes);
    const size_t end = rest.find('\n');
    return end != std::string_view::npos && rest[end - 1] == '}' ? at + end + 1 : at;
}

// After the end of a string at `at` that is one of several lines of an array (`",`), or `at`.
size_t skip_array_string(std::string_view bytes, size_t at) {
    if (!bytes.substr(at).starts_with("\",")) return at;
    size_t next = at + 2;
    while (next < bytes.size() && is_blank(bytes[next])) ++next;
    const size_t line = skip_newline(bytes, next);
    return line == next ? at : line;
}

}  // namespace

size_t skip_newline(std::string_view bytes, size_t at) {
    size_t p = at;
    while (p < bytes.size() && bytes[p] == '\r') ++p;
    if (p < bytes.size() && bytes[p] == '\n') return p + 1;
    if (p > at) return p;
    static constexpr auto kMarkup = std::to_array<std::string_view>({"<br>", "<br/>", "<br />", "&#10;", "&#xA;"});
    for (const std::string_view markup : kMarkup) {
        if (bytes.substr(p).starts_with(markup)) return p + markup.size();
    }
    while (p < bytes.size() && bytes[p] == '\\') ++p;
    if (p == at || p >= bytes.size()) return at;
    return bytes[p] == 'n' || bytes[p] == 'r' ? p + 1 : at;
}

size_t skip_mark(std::string_view bytes, size_t at, std::string_view marks) {
    if (at >= bytes.size()) return at;
    if (marks.find(bytes[at]) != std::string_view::npos) return at + 1;
    return bytes.substr(at).starts_with(kBoxLine) ? at + kBoxLine.size() : at;
}

size_t skip_marks(std::string_view bytes, size_t at, std::string_view marks) {
    for (;;) {
        size_t next = skip_escape(bytes, at);
        while (next < bytes.size() && is_blank(bytes[next])) ++next;
        next = skip_mark(bytes, next, marks);
        if (next == at) return at;
        at = next;
    }
}

size_t skip_break(std::string_view bytes, size_t at) {
    size_t line_end = at;
    while (skip_newline(bytes, line_end) == line_end) {
        if (const size_t next = skip_json_end(bytes, line_end); next != line_end) return next;
        if (const size_t next = skip_array_string(bytes, line_end); next != line_end) return next;
        size_t next = skip_escape(bytes, line_end);
        if (next == line_end && next < bytes.size() && is_blank(bytes[next])) ++next;
        if (next == line_end) next = skip_mark(bytes, next, "\"'\\|");
        if (next == line_end) return std::string_view::npos;
        line_end = next;
    }
    size_t next = line_end;
    for (size_t breaks = 0; breaks < kMostBreaks; ++breaks) next = skip_newline(bytes, next);
    return skip_json_end(bytes, next);
}

size_t skip_times(std::string_view bytes, size_t at) {
    for (;;) {
        size_t p = at;
        while (p < bytes.size() &&
               (is_digit(bytes[p]) || std::string_view("-:.,+/TZ").find(bytes[p]) != std::string_view::npos))
            ++p;
        const std::string_view token = bytes.substr(at, p - at);
        const bool time = token.find_first_of(":-") != std::string_view::npos && !token.empty() && is_digit(token[0]);
        if (!time || p >= bytes.size() || !is_blank(bytes[p])) return at;
        while (p < bytes.size() && is_blank(bytes[p])) ++p;
        at = p;
    }
}

bool inside_time(std::string_view bytes, size_t at) {
    return bytes[at] == ':' && at > 0 && is_digit(bytes[at - 1]) && at + 1 < bytes.size() && is_digit(bytes[at + 1]);
}

}  // namespace ttmem
