#include "src/views/text/wrap.h"

#include "src/views/text/table.h"

namespace ttmem {
namespace {

// Characters that are seen: escape sequences of colour take no room.
size_t seen_width(std::string_view word) {
    std::string seen;
    for (size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\x1b') {
            i = word.find('m', i);
            if (i == std::string_view::npos) break;
        } else {
            seen += word[i];
        }
    }
    return width_of(seen);
}

void append_wrapped(std::string& result, std::string_view line, size_t width, std::string_view indent) {
    size_t at = 0;  // of the line that is being written
    for (size_t begin = 0; begin < line.size();) {
        size_t end = line.find_first_not_of(' ', begin);  // blanks in front belong to the word
        end = end == std::string_view::npos ? line.size() : std::min(line.find(' ', end), line.size());
        std::string_view word = line.substr(begin, end - begin);
        if (at > indent.size() && at + seen_width(word) > width) {
            result.append("\n").append(indent);
            at = indent.size();
            word.remove_prefix(std::min(word.size(), word.find_first_not_of(' ')));
        }
        result += word;
        at += seen_width(word);
        begin = end;
    }
}

template <class Indent>
std::string each_line_wrapped(const std::string& text, const Look& look, Indent indent_of) {
    if (look.width == 0) return text;
    std::string result;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        append_wrapped(result, line, look.width, indent_of(line));
        if (end < text.size()) result += '\n';
        begin = end + 1;
    }
    return result;
}

}  // namespace

std::string wrapped(const std::string& text, const Look& look, std::string_view indent) {
    return each_line_wrapped(text, look, [indent](std::string_view) { return std::string(indent); });
}

std::string wrapped_below(const std::string& text, const Look& look) {
    return each_line_wrapped(text, look, [](std::string_view line) {
        const size_t blanks = std::min(line.find_first_not_of(' '), line.size());
        const bool is_item = line.substr(blanks).starts_with("- ");
        return std::string(blanks == 0 || is_item ? blanks + 2 : blanks, ' ');
    });
}

}  // namespace ttmem
