#include "src/importers/failure_message/lookalike.h"

#include <algorithm>
#include <array>

#include "src/importers/failure_message/failure_context.h"
#include "src/importers/failure_message/failure_message.h"
#include "src/importers/failure_message/lack_of_memory.h"
#include "src/importers/failure_message/sentence.h"
#include "src/importers/input/characters.h"
#include "src/importers/input/plain_lines.h"
#include "src/importers/input/wrapped_text.h"

namespace ttmem {
namespace {

constexpr size_t kMostKnownBytes = 2000;
constexpr size_t kMostInfoLines = 12;  // between a throw and its words

// Whether a known message is in `text`, which stands behind `head` on its line.
bool has_known(std::string_view text, bool at_end, std::string_view head) {
    const std::string lines = std::string(head) + std::string(text);
    const std::string_view bytes(lines);
    size_t line = 0;
    for (size_t i = head.size(); i + 1 < bytes.size(); ++i) {
        if (bytes[i] == '\n') line = i + 1;
        if (may_begin_failure_message(bytes[i], bytes[i + 1]) &&
            read_failure_message(bytes.substr(i), at_end, bytes.substr(line, i - line)))
            return true;
    }
    return false;
}

std::string after(const std::string& text, size_t at) {
    return text.substr(std::min(text.find_first_not_of(' ', at), text.size()));
}

// The words of "TT_FATAL @ file:line: expression\ninfo:\nwords" stand below; of "TT_FATAL: words", on the line.
std::optional<Sentence> words_of_throw(PlainLines& lines) {
    std::optional<PlainLine> line = lines.next();
    if (!line) return std::nullopt;
    if (line->text.starts_with(':')) return read_sentence(lines, *line, after(line->text, 1));
    if (!line->text.starts_with('@')) return std::nullopt;
    // Of early 2024: the words may stand on the same line, or the places of their figures as they are.
    constexpr std::string_view kException = ": tt::exception ";
    if (const size_t at = line->text.find(kException); at != std::string::npos)
        return read_sentence(lines, *line, after(line->text, at + kException.size()));
    for (size_t i = 0; i < kMostInfoLines && line && !line->text.starts_with("backtrace:"); ++i, line = lines.next()) {
        const size_t info = line->text.find("info:");
        if (info == std::string::npos && i > 0 && begins_another(line->text)) return std::nullopt;
        if (info == std::string::npos) continue;
        PlainLine first = std::move(*line);
        std::string words = after(first.text, info + 5);
        for (size_t blank = 0; words.empty() && blank < 3; ++blank) {
            std::optional<PlainLine> next = lines.next();
            if (!next) return std::nullopt;
            first = std::move(*next);
            words = first.text;
        }
        return read_sentence(lines, first, words);
    }
    return std::nullopt;
}

// The words of "| critical |          Always | words", of tt-metal's logger alone: its levels are in small letters.
std::optional<Sentence> words_of_line(PlainLines& lines) {
    std::optional<PlainLine> line = lines.next();
    if (!line || !line->text.starts_with("| ")) return std::nullopt;
    if (line->text.find('|', 2) == std::string::npos) {  // broken before the name of the logger
        const std::string level = line->text;
        line = lines.next();
        if (!line) return std::nullopt;
        line->text = level + " | " + line->text;
    }
    const std::string_view text(line->text);
    std::string level(text.substr(2, std::min(text.find(' ', 2), text.size()) - 2));
    for (char& c : level) c = static_cast<char>(c >= 'A' && c <= 'Z' && text[2] != 'E' ? c - 'A' + 'a' : c);
    const bool warns = level == "warning";  // of one thing that is worse than it sounds
    if (level != "critical" && level != "fatal" && level != "error" && !warns) return std::nullopt;
    const size_t bar = text.find('|', 2);
    if (bar == std::string_view::npos) return std::nullopt;
    const size_t next = text.find('|', bar + 1);
    std::string words = after(line->text, (next == std::string_view::npos ? bar : next) + 1);
    // The name of the logger, whose bar ends the line.
    if (next == std::string_view::npos && words.find(' ') == std::string::npos) words.clear();
    if (warns && !words.starts_with("Circular buffer size ")) return std::nullopt;
    return read_sentence(lines, *line, words);
}

// Up to where another throw or another line of a logger begins, in a text without line breaks too: so that what many
// beginnings share is looked at once.
std::string_view own_part(std::string_view words) {
    static constexpr auto kBeginnings =
        std::to_array<std::string_view>({"| critical", "| fatal", "| error ", "Out of Memory: "});
    const std::string_view most = words.substr(0, kMostKnownBytes);
    size_t end = most.size();
    for (const std::string_view mark : kThrowMarks) end = std::min(end, most.substr(0, end).find(mark, 1));
    for (const std::string_view beginning : kBeginnings) end = std::min(end, most.substr(0, end).find(beginning, 1));
    if (end == most.size()) return words;
    // The time of the next line of the logger, which several processes may have put on one line.
    return words[end] == '|' ? before_time(words.substr(0, end)) : words.substr(0, end);
}

// Sentences that tell of memory that was too little, wherever they stand: of operations that cut themselves into
// slices, of the compiler tt-mlir, and those of tt-metal that somebody shortened.
std::optional<Lookalike> known_words(std::string_view bytes, std::string_view line_head) {
    static constexpr auto kSentences = std::to_array<std::string_view>(
        {"DRAM Auto slice could not find valid slice configuration",
         "DRAM Auto slice could not find suitable number of slices", "OutOfMemoryError - Not enough L1 memory",
         "L1 memory usage # exceeds memory capacity #", "L1 region [#, #] clashes with CB region ending at #",
         "Statically allocated circular buffers clash with L1 buffers", "Statically allocated CBs"});
    for (const std::string_view sentence : kSentences) {
        if (bytes.substr(0, 2) != sentence.substr(0, 2)) continue;
        const WrappedMatch match = match_wrapped(bytes.substr(0, kMostKnownBytes), sentence, line_head);
        if (!match.whole) continue;
        PlainLines lines(bytes.substr(0, kMostKnownBytes), line_head);
        const std::optional<PlainLine> line = lines.next();
        if (!line) continue;
        Sentence own = read_sentence(lines, *line, line->text);
        if (own.text.find("{}") != std::string::npos) return std::nullopt;  // source code
        if (own.text.size() <= match.text.size()) return Lookalike{match.text, match.end, true};
        return Lookalike{std::move(own.text), std::max(own.end, match.end), own.open};
    }
    return std::nullopt;
}

}  // namespace

bool begins_lookalike(std::string_view bytes) {
    static constexpr auto kBeginnings =
        std::to_array<std::string_view>({"TT_F", "TT_T", "TT_A", "Out of M", "| crit", "| CRIT", "| error ", "| fatal",
                                         "| FATAL", "| warn", "DRAM Auto", "OutOfM", "L1 mem", "L1 reg", "Statically"});
    // Most bars are of other levels.
    const size_t level = bytes[0] == '|' ? bytes.find_first_not_of(" |") : 0;
    const bool other = level != std::string_view::npos && level > 0 && bytes[level] >= 'g' && bytes[level] < 'w';
    const auto plainly_differs = [&](std::string_view words) {
        const bool blank = bytes.size() > 2 && bytes[2] == ' ' && words[2] != ' ' && words[0] == 'T';
        const bool plain = bytes.size() > 2 && (is_word(bytes[1]) || bytes[1] == ' ') && is_word(bytes[2]);
        return bytes[0] != words[0] || blank || (plain && bytes[2] != words[2]);
    };
    return !other && std::ranges::any_of(kBeginnings, [&](std::string_view words) {
        return !plainly_differs(words) && match_wrapped(bytes, words).whole;
    });
}

std::optional<Lookalike> read_lookalike(std::string_view bytes, bool at_end, std::string_view line_head) {
    constexpr std::string_view kOutOfMemory = "Out of Memory: ";
    if (!begins_lookalike(bytes)) return std::nullopt;
    if (std::optional<Lookalike> known = known_words(bytes, line_head)) return known;
    const std::string_view own = own_part(bytes);
    std::optional<Sentence> sentence;
    size_t begin = 0;
    const auto begins = [&](std::string_view word) {
        const WrappedMatch match = match_wrapped(bytes.substr(0, kMostKnownBytes), word, line_head);
        begin = match.end;
        return match.whole;
    };
    const bool alone = bytes[0] == 'O' && begins("Out of Memory:");
    if (alone) {
        PlainLines lines(bytes.substr(0, own.size()), line_head);
        const std::optional<PlainLine> line = lines.next();
        if (line) sentence = read_sentence(lines, *line, line->text);
        begin = 0;
    } else if (bytes[0] == 'T') {
        const auto mark = std::ranges::find_if(kThrowMarks, begins);
        if (mark == kThrowMarks.end()) return std::nullopt;
        const std::string head = std::string(line_head) + std::string(*mark);
        PlainLines lines(own.substr(std::min(begin, own.size())), head);
        sentence = words_of_throw(lines);
    } else if (bytes[0] == '|') {
        begin = 0;
        PlainLines lines(own, line_head);
        sentence = words_of_line(lines);
    }
    if (!sentence || sentence->text.starts_with(kOutOfMemory) != alone) return std::nullopt;
    const std::string& text = sentence->text;
    if (std::ranges::any_of(kThrowMarks, [&](auto mark) { return text.starts_with(mark); }))
        return std::nullopt;  // found there
    const bool of_source = text.find("{}") != std::string::npos && bytes.find(": tt::exception") > kMostKnownBytes;
    if (of_source || text.empty() || text[0] == '"') return std::nullopt;
    const bool said_below = alone && sentence->open && own.substr(0, own.find('\n')).find_last_not_of(" :\r") < 13;
    if (said_below) return std::nullopt;  // perhaps by another process
    if (alone ? text.size() <= kOutOfMemory.size() : !tells_of_lacking_memory(text)) return std::nullopt;
    // A known message after another beginning of a throw belongs to that one.
    std::string_view near = own.substr(0, kMostKnownBytes);
    near = near.substr(0, std::min(near.find("backtrace:"), near.size()));
    if (!sentence->open) near = bytes.substr(0, begin + sentence->end);
    if (has_known(near, at_end && near.size() == bytes.size(), line_head)) return std::nullopt;
    return Lookalike{text, begin + sentence->end, sentence->open};
}

}  // namespace ttmem
