#include "src/importers/failure_message/sentence.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "src/importers/failure_message/failure_context.h"
#include "src/importers/failure_message/lack_of_memory.h"
#include "src/importers/input/characters.h"

namespace ttmem {
namespace {

constexpr size_t kMostLines = 40, kMostOpenLines = 4, kMostWords = 1200;
constexpr size_t kLeastWrapped = 30, kLeastOpen = 50;  // the width of a line that somebody wrapped

// Whether the text ends with a place in the source, " (assert.hpp:104)", which a line break may have cut: it is taken
// off then.
bool take_source_place(std::string& text) {
    if (!text.ends_with(')')) return false;
    const size_t open = text.rfind('(');
    if (open == std::string::npos || text.size() - open > 80) return false;
    std::string inner;
    for (const char c : text.substr(open + 1, text.size() - open - 2)) {
        if (!is_blank(c)) inner += c;
    }
    const size_t colon = inner.rfind(':');
    if (colon == std::string::npos || colon + 1 == inner.size()) return false;
    if (inner.find_first_not_of("0123456789", colon + 1) != std::string::npos) return false;
    const std::string_view file = std::string_view(inner).substr(0, colon);
    if (file.find('.') == std::string_view::npos ||
        !std::ranges::all_of(file, [](char c) { return is_word(c) || c == '.' || c == '/' || c == '-'; }))
        return false;
    text.resize(open);
    while (text.ends_with(' ')) text.pop_back();
    return true;
}

// Lines broken at one width wherever it fell, within words: two of one width may be chance, unless a blank that a break
// between words would have taken stands at one of the breaks.
bool broken_anywhere(const std::vector<PlainLine>& lines) {
    if (lines.size() < 3) return false;
    const bool blank = std::ranges::any_of(lines.begin(), lines.end() - 1, &PlainLine::blank_end) ||
                       std::ranges::any_of(lines.begin() + 1, lines.end(), &PlainLine::blank_begin);
    return (lines.size() > 3 || blank) &&
           std::ranges::all_of(lines.begin(), lines.end() - 1,
                               [&](const PlainLine& line) { return line.width == lines[0].width; });
}

std::string joined(const std::vector<PlainLine>& lines, size_t count, bool anywhere) {
    std::string text;
    for (size_t i = 0; i < std::min(count, lines.size()); ++i) {
        const std::string& words = lines[i].text;
        if (!text.empty() && !words.empty()) {
            const bool blank = lines[i - 1].blank_end || lines[i].blank_begin;
            const bool number = is_digit(text.back()) && is_digit(words.front());
            if (blank || (!anywhere && !number)) text += ' ';
        }
        text += words;
    }
    return text;
}

// Where the breaks do not tell whether they fell into words, the words do.
std::string joined(const std::vector<PlainLine>& lines, size_t count) {
    std::string text = joined(lines, count, broken_anywhere(lines));
    if (count < 2 || tells_of_lacking_memory(text)) return text;
    std::string other = joined(lines, count, !broken_anywhere(lines));
    return tells_of_lacking_memory(other) ? other : text;
}

// How many of the lines were one that somebody wrapped: as far as nothing tells, those that are wide, and that a word
// more would have made too wide.
size_t evidently_wrapped(const std::vector<PlainLine>& lines) {
    size_t count = 1, widest = 0;
    for (; count < lines.size(); ++count) {
        const PlainLine& above = lines[count - 1];
        const std::string_view text(lines[count].text);
        const bool unit = text.starts_with("B ") && !above.text.empty() && is_digit(above.text.back());
        const bool goes_on =
            (text.front() >= 'a' && text.front() <= 'z') || unit || (is_digit(text.front()) && !text.starts_with("0x"));
        const bool ended = std::string_view(".!?").find(above.text.empty() ? ' ' : above.text.back()) < 3;
        const size_t word = std::min(text.find(' '), text.size());
        if (!goes_on || ended || above.width < kLeastWrapped || above.width + 1 + word <= widest) break;
        widest = std::max(widest, above.width);
    }
    return count;
}

}  // namespace

bool begins_another(std::string_view text) {
    static constexpr auto kBeginnings = std::to_array<std::string_view>({"backtrace:",
                                                                         "Traceback",
                                                                         "--- ",
                                                                         "info:",
                                                                         "Out of Memory:",
                                                                         "Statically allocated ",
                                                                         "FAILED ",
                                                                         "ERROR ",
                                                                         "INFO ",
                                                                         "INFO:",
                                                                         "WARNING",
                                                                         "=====",
                                                                         "-----",
                                                                         "_____",
                                                                         "```",
                                                                         "File \"",
                                                                         "During handling",
                                                                         "The above exception",
                                                                         "RuntimeError",
                                                                         "what():",
                                                                         "terminate called",
                                                                         "</",
                                                                         "##[",
                                                                         "$ ",
                                                                         "| critical",
                                                                         "| error",
                                                                         "| info",
                                                                         "| warning"});
    if (text.empty()) return true;
    const auto begins = [&](std::string_view words) { return text.starts_with(words); };
    if (std::ranges::any_of(kThrowMarks, begins) || std::ranges::any_of(kBeginnings, begins)) return true;
    return text.find('|') != std::string_view::npos && logger_time(text.substr(0, text.rfind('|') + 1)).has_value();
}

Sentence read_sentence(PlainLines& lines, const PlainLine& first, std::string words) {
    std::vector<PlainLine> read{first};
    read[0].text = std::move(words);
    Sentence sentence;
    size_t bytes = 0;
    for (;;) {
        const PlainLine& last = read.back();
        bytes += last.text.size();
        sentence.text = joined(read, read.size());
        sentence.end = last.end;
        if (take_source_place(sentence.text)) return sentence.open = false, sentence;
        if (last.ends_string) {
            sentence.open = read.size() > 1;
            break;
        }
        std::optional<PlainLine> next;
        if (read.size() < kMostLines && bytes < kMostWords) next = lines.next();
        if (next && next->text.starts_with("backtrace:")) return sentence.open = false, sentence;
        if (!next || (begins_another(next->text) && !(read.size() == 1 && read[0].text.empty()))) break;
        read.push_back(std::move(*next));
    }
    if (!sentence.open) return sentence;
    size_t count = evidently_wrapped(read);
    sentence.text = joined(read, count);
    while (count < std::min(read.size(), kMostOpenLines) && read[count - 1].width >= kLeastOpen &&
           !tells_of_lacking_memory(sentence.text))
        sentence.text = joined(read, ++count);
    sentence.end = read[count - 1].end;
    return sentence;
}

}  // namespace ttmem
