#include "src/importers/input/plain_lines.h"

#include <algorithm>

#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/line_breaks.h"
#include "src/importers/input/log_lines.h"

namespace ttmem {
namespace {

constexpr size_t kMostLine = 4096;  // bytes of a line that are looked at
constexpr std::string_view kPrefixEnds = ">:]\"=|)+#";

std::string single_blanked(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (!is_blank(c) || (!result.empty() && result.back() != ' ')) result += is_blank(c) ? ' ' : c;
    }
    while (result.ends_with(' ')) result.pop_back();
    return result;
}

// Whether a quote is open at its end.
bool opens_string(std::string_view head) {
    size_t quotes = 0;
    for (size_t i = 0; i < head.size(); ++i) quotes += head[i] == '"' && (i == 0 || head[i - 1] != '\\');
    return quotes % 2 == 1;
}

}  // namespace

size_t common_prefix(std::string_view line, std::string_view head) {
    size_t common = line.size() - after_common_head(line, head).size();
    while (common > 0 && !is_blank(line[common - 1]) && kPrefixEnds.find(line[common - 1]) == std::string_view::npos)
        --common;
    return common;
}

PlainLines::PlainLines(std::string_view bytes, std::string_view head)
    : bytes_(bytes), head_(without_escapes(head)), in_string_(opens_string(head_)) {}

// To the end of the line at `at`, before its break.
size_t PlainLines::skip_line(size_t at, PlainLine& line) const {
    const size_t limit = std::min(bytes_.size(), at + kMostLine);
    const std::string_view most = bytes_.substr(at, limit - at);
    // The quotes of the prefix are none of the text.
    const size_t prefix = first_ || !in_string_ ? 0 : common_prefix(most.substr(0, most.find('\n')), head_);
    for (size_t p = at + prefix; p < limit; ++p) {
        const char c = bytes_[p];
        if (c == '\x1b' || c == '^' || c == '\\') {
            if (const size_t escape = skip_escape(bytes_, p); escape != p) {
                p = escape - 1;
                continue;
            }
        }
        const bool may_break = c == '\n' || c == '\r' || c == '\\' || c == '<' || c == '&';
        if (may_break && skip_newline(bytes_, p) != p) return p;
        if (c == '"' && in_string_ && (p == at || bytes_[p - 1] != '\\')) {
            line.ends_string = skip_break(bytes_, p) == std::string_view::npos;
            return p;
        }
    }
    return limit;
}

std::string_view PlainLines::without_prefix(std::string_view line, bool& blank) const {
    std::string_view own(head_);
    if (const size_t spelled = own.rfind("\\n"); spelled != std::string_view::npos) own.remove_prefix(spelled + 2);
    const size_t prefix = std::max(common_prefix(line, own), common_prefix(line, head_));
    line.remove_prefix(prefix);
    blank = !line.empty() && is_blank(line.front());
    const size_t marks = skip_marks(line, 0, prefix > 0 ? "|" : "|>#*");
    const bool level = line.starts_with("| ");  // of a logger, which is no mark
    if (!level) line.remove_prefix(marks);
    if (line.starts_with("E ") || line.starts_with("E\t")) line.remove_prefix(2);
    return line;
}

std::optional<PlainLine> PlainLines::next() {
    if (ended_ || next_ >= bytes_.size()) return std::nullopt;
    PlainLine line;
    const size_t end = skip_line(next_, line);
    const std::string raw = without_escapes(bytes_.substr(next_, end - next_));
    std::string_view text(raw);
    line.width = raw.size() + (first_ ? head_.size() : 0);
    if (!first_) text = without_prefix(text, line.blank_begin);
    for (const std::string_view box : {"\xe2\x94\x82", "|", "\\"}) {
        while (!text.empty() && is_blank(text.back())) text.remove_suffix(1), line.blank_end = true;
        if (text.ends_with(box)) text.remove_suffix(box.size());
    }
    line.text = single_blanked(text);
    ended_ = line.ends_string || end >= bytes_.size();
    const size_t next = ended_ ? end : skip_newline(bytes_, end);
    line.end = next == end && !ended_ ? skip_break(bytes_, end) : next;
    if (line.end == std::string_view::npos || line.end <= next_) ended_ = true, line.end = end;
    // The end of a string with its break spelled out in it: the next line of JSON goes on.
    if (in_string_ && !ended_ && line.end < bytes_.size() && bytes_[line.end] == '"') {
        const size_t after = skip_break(bytes_, line.end);
        if (after != std::string_view::npos) line.end = after;
    }
    next_ = line.end;
    first_ = false;
    return line;
}

}  // namespace ttmem
