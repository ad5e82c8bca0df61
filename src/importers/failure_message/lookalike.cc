#include "src/importers/failure_message/lookalike.h"

#include <algorithm>
#include <array>

#include "src/importers/failure_message/failure_message.h"
#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/log_lines.h"
#include "src/importers/input/wrapped_text.h"

namespace ttmem {
namespace {

constexpr size_t kMostWords = 600, kMostKnownBytes = 2000;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return result;
}

// Whole words, so that "XL10" is not "L1".
bool has_words(std::string_view text, std::string_view words) {
    for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
        const size_t end = at + words.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end >= text.size() || !is_word(text[end]) || text[end] == 's'))
            return true;
    }
    return false;
}

// "needs 96 B but only 64 B of L1 are usable".
bool only_so_much(std::string_view text) {
    constexpr std::string_view kOnly = "only ";
    for (size_t at = text.find(kOnly); at != std::string_view::npos; at = text.find(kOnly, at + 1)) {
        const size_t next = at + kOnly.size();
        if (next < text.size() && text[next] >= '0' && text[next] <= '9') return true;
    }
    return false;
}

// "9000 B", "9000 bytes", "9000 L1 bytes".
bool tells_bytes(std::string_view text) {
    for (size_t at = text.find_first_of("0123456789"); at != std::string_view::npos;
         at = text.find_first_of("0123456789", at)) {
        at = std::min(text.find_first_not_of("0123456789", at), text.size());
        std::string_view unit = text.substr(at, 10);
        if (unit.starts_with(" l1 ")) unit.remove_prefix(3);
        if (unit.starts_with(" bytes") || (unit.starts_with(" b") && (unit.size() == 2 || !is_word(unit[2]))))
            return true;
    }
    return false;
}

// "needs 96 B of L1 but the core has 64", "requires 96 L1 bytes but L1 is 64 bytes", "need 96 B of the 64 B available".
bool needs_more(std::string_view text) {
    static constexpr auto kNeed = std::to_array<std::string_view>({"need", "require", "required"});
    static constexpr auto kHave =
        std::to_array<std::string_view>({"but", "available", "have", "has", "budget", "owns", "capacity"});
    const bool needs = std::ranges::any_of(kNeed, [&](auto word) { return has_words(text, word); });
    if (!needs || !tells_bytes(text) || std::ranges::none_of(kHave, [&](auto word) { return has_words(text, word); }))
        return false;
    size_t numbers = 0;  // of two digits and more: the others are of names
    for (size_t at = 0; (at = text.find_first_of("0123456789", at)) != std::string_view::npos;) {
        const size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
        if (end - at > 1 && (at == 0 || !is_word(text[at - 1]))) ++numbers;
        at = end;
    }
    return numbers > 1;
}

bool tells_of_memory(std::string_view text) {
    static constexpr auto kMemory = std::to_array<std::string_view>(
        {"dram", "l1", "l1_small", "circular buffer", "circularbuffer", "dataflow buffer", "scratchpad", "cb", "dfb",
         "trace buffer", "trace region", "trace-region", "kernel config", "device memory", "device buffer",
         "mirror allocation", "arena", "available space"});
    static constexpr auto kLack = std::to_array<std::string_view>({"not enough",
                                                                   "out of memory",
                                                                   "cannot allocate",
                                                                   "can not allocate",
                                                                   "can't allocate",
                                                                   "cannot place",
                                                                   "could not allocate",
                                                                   "failed to allocate",
                                                                   "failed to mirror allocation",
                                                                   "unable to allocate",
                                                                   "allocation failed",
                                                                   "failed allocation",
                                                                   "exceeded",
                                                                   "exceeding",
                                                                   "exceed",
                                                                   "beyond",
                                                                   "too large",
                                                                   "too small",
                                                                   "too big",
                                                                   "no space",
                                                                   "no room",
                                                                   "does not fit",
                                                                   "do not fit",
                                                                   "not fit",
                                                                   "cannot fit",
                                                                   "can't fit",
                                                                   "must fit",
                                                                   "no longer fit",
                                                                   "cannot hold",
                                                                   "insufficient",
                                                                   "larger than",
                                                                   "greater than",
                                                                   "smaller than",
                                                                   "more memory than",
                                                                   "zone full",
                                                                   "is full",
                                                                   "are full",
                                                                   "more l1 memory than",
                                                                   "ran out",
                                                                   "clash",
                                                                   "clobbered",
                                                                   "exhausted",
                                                                   "not be allocated",
                                                                   "more than available",
                                                                   "and fits l1",
                                                                   "plan fits",
                                                                   "of c fits"});
    // Whatever it was, an allocation failed: sysmem, a window, a place.
    static constexpr auto kNoAllocation = std::to_array<std::string_view>(
        {"failed to allocate", "allocator failed", "unable to allocate", "out of memory", "oom"});
    // Sizes that do not match each other.
    static constexpr auto kNoLack =
        std::to_array<std::string_view>({"divisible by", "should be greater than", "relay banks", "per reader core"});
    // What exceeds a range or a count is no lack of memory: "circular buffer index 33 exceeds maximum value 31".
    static constexpr auto kNoBytes = std::to_array<std::string_view>(
        {"index",         "indices",       "count",          "number of",    "max number",
         "num_banks",     "bank id",       "compute grid",   "tile-counter", "tile counter",
         "slots",         "slot count",    "receivers",      "senders",      "hw buffer_capacity",
         "dram channels", "channel value", "address width",  "precision",    "offset",
         "cq id",         "ids",           "interface limit"});
    static constexpr auto kIntegers = std::to_array<std::string_view>(
        {"uint8", "uint16", "uint32", "uint8_t", "uint16_t", "uint32_t", "field width"});
    const std::string words = lower(text);
    const auto has = [&](std::string_view phrase) { return has_words(words, phrase); };
    if (std::ranges::any_of(kNoAllocation, has)) return true;
    if (std::ranges::any_of(kNoLack, has)) return false;
    if (!std::ranges::any_of(kMemory, has) || std::ranges::any_of(kIntegers, has)) return false;
    const std::string verdict = words.substr(0, words.find(". "));  // what follows is advice
    if (!tells_bytes(words) && std::ranges::any_of(kNoBytes, [&](auto no) { return has_words(verdict, no); }))
        return false;
    return only_so_much(words) || needs_more(words) || std::ranges::any_of(kLack, has);
}

// " (assert.hpp:104)" at the end, which a logger adds and an exception's text has not, is cut off.
void cut_source_place(std::string& text) {
    const size_t open = text.rfind(" (");
    const size_t colon = text.rfind(':');
    if (!text.ends_with(')') || open == std::string::npos || colon == std::string::npos || colon < open) return;
    const std::string_view file = std::string_view(text).substr(open + 2, colon - open - 2);
    const std::string_view line = std::string_view(text).substr(colon + 1, text.size() - colon - 2);
    const bool is_line = !line.empty() && line.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_line && file.find('.') != std::string_view::npos && file.find(' ') == std::string_view::npos)
        text.resize(open);
}

// The first line of `text`, without colours, blanks at its ends and the place in the source.
std::string first_line(std::string_view text) {
    text = text.substr(0, kMostWords);
    text = text.substr(0, text.find_first_of("\r\n"));
    if (const size_t spelled = text.find("\\n"); spelled != std::string_view::npos) text = text.substr(0, spelled);
    std::string plain = without_escapes(text);
    while (!plain.empty() && plain.back() == ' ') plain.pop_back();
    plain.erase(0, std::min(plain.find_first_not_of(" \t"), plain.size()));
    cut_source_place(plain);
    return plain;
}

// The text and the lines that it was wrapped into.
std::string unwrapped(std::string_view text) {
    constexpr size_t kMostLines = 4, kLeastWrapped = 50;
    std::string whole;
    for (size_t lines = 0; lines < kMostLines; ++lines) {
        const std::string line = first_line(text);
        if (line.empty() || line.starts_with("backtrace:") || line.starts_with("Traceback")) break;
        whole += (whole.empty() ? "" : " ") + line;
        const size_t end = text.find('\n');
        if (line.size() < kLeastWrapped || end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return whole;
}

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

// The words of "TT_FATAL @ file:line: expression\ninfo:\nwords" stand below; of "TT_FATAL: words", on the line.
std::string_view words_of_throw(std::string_view bytes) {
    bytes.remove_prefix(8);
    if (bytes.starts_with(": ")) return bytes.substr(2);
    if (!bytes.starts_with(" @ ")) return {};
    // Of early 2024: the words may stand on the same line, or the places of their figures as they are.
    const std::string_view line = bytes.substr(0, bytes.find_first_of("\r\n"));
    constexpr std::string_view kException = ": tt::exception ";
    if (const size_t at = line.find(kException); at != std::string_view::npos)
        return bytes.substr(at + kException.size());
    const size_t info = bytes.substr(0, kMostKnownBytes).find("info:");
    if (info == std::string_view::npos) return {};
    const size_t above = bytes.substr(0, info).rfind('\n');
    const std::string_view carrier =
        above == std::string_view::npos ? std::string_view() : bytes.substr(above + 1, info - above - 1);
    bytes.remove_prefix(info + 5);
    if (const size_t below = bytes.find('\n'); below != std::string_view::npos && below < 4) {
        const std::string_view next = bytes.substr(below + 1, kMostKnownBytes);
        bytes.remove_prefix(below + 1 + (next.size() - after_common_head(next, carrier).size()));
    }
    size_t begin = 0;  // behind blanks, breaks as bytes or spelled out, and what begins the line in pytest or a box
    for (const std::string_view most = bytes.substr(0, 200); begin < most.size(); ++begin) {
        const std::string_view here = most.substr(begin);
        const bool pytest = here.starts_with("E ") || here.starts_with("E\t");
        if (here.starts_with("\\n"))
            ++begin;
        else if (!pytest && std::string_view(" \t\r\n|").find(here[0]) == std::string_view::npos)
            break;
    }
    return bytes.substr(begin);
}

std::string_view words_of_line(std::string_view bytes) {
    bytes.remove_prefix(2);
    const std::string level = lower(bytes.substr(0, 8));  // "error" in small letters is tt-metal's own logger
    const bool warns = level.starts_with("warning");      // of one thing that is worse than it sounds
    if (level != "critical" && !level.starts_with("fatal") && !bytes.starts_with("error ") && !warns) return {};
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    size_t bar = line.find('|');
    if (bar != std::string_view::npos) {
        const size_t next = line.find('|', bar + 1);
        if (next != std::string_view::npos) bar = next;
    }
    if (bar == std::string_view::npos) return {};
    const std::string_view words = bytes.substr(bar + 1);
    const size_t begin = words.find_first_not_of(' ');
    if (begin == std::string_view::npos || (warns && !words.substr(begin).starts_with("Circular buffer size ")))
        return {};
    return words.substr(begin);
}

// Up to where another throw or another line of a logger begins, in a text without line breaks too: so that what many
// beginnings share is looked at once.
std::string_view own_part(std::string_view words) {
    static constexpr auto kBeginnings = std::to_array<std::string_view>(
        {"TT_FATAL", "TT_THROW", "| critical", "| fatal", "| error ", "Out of Memory: "});
    const std::string_view most = words.substr(0, kMostKnownBytes);
    size_t end = most.size();
    for (const std::string_view beginning : kBeginnings) end = std::min(end, most.substr(0, end).find(beginning, 1));
    return end == most.size() ? words : words.substr(0, end);
}

// Sentences that tell of memory that was too little, wherever they stand: of operations that cut themselves into
// slices, of the compiler tt-mlir, and those of tt-metal that somebody shortened.
std::optional<Lookalike> known_words(std::string_view bytes, std::string_view line_head) {
    static constexpr auto kSentences = std::to_array<std::string_view>(
        {"DRAM Auto slice could not find valid slice configuration", "OutOfMemoryError - Not enough L1 memory",
         "L1 memory usage # exceeds memory capacity #", "L1 region [#, #] clashes with CB region ending at #",
         "Statically allocated circular buffers clash with L1 buffers", "Statically allocated CBs"});
    for (const std::string_view sentence : kSentences) {
        if (bytes.substr(0, 2) != sentence.substr(0, 2)) continue;
        const WrappedMatch match = match_wrapped(bytes.substr(0, kMostKnownBytes), sentence, line_head);
        if (!match.whole) continue;
        std::string text = first_line(bytes);
        if (text.find("{}") != std::string::npos) return std::nullopt;  // source code
        return Lookalike{text.size() > match.text.size() ? std::move(text) : match.text, match.end};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Lookalike> read_lookalike(std::string_view bytes, bool at_end, std::string_view line_head) {
    constexpr std::string_view kOutOfMemory = "Out of Memory: ";
    if (std::optional<Lookalike> known = known_words(bytes, line_head)) return known;
    std::string_view words;
    if (bytes.starts_with(kOutOfMemory)) {
        words = bytes;
    } else if (bytes.starts_with("TT_FATAL") || bytes.starts_with("TT_THROW")) {
        words = words_of_throw(bytes);
    } else if (bytes.starts_with("| ")) {
        words = words_of_line(bytes);
        if (words.starts_with("TT_") || words.starts_with(kOutOfMemory)) return std::nullopt;  // found there
    }
    if (words.empty() || words.starts_with("Out of Memory: ") != (words.data() == bytes.data())) return std::nullopt;
    const std::string_view own = own_part(words);
    std::string text = first_line(own);
    if (words.data() != bytes.data() && !tells_of_memory(text)) text = unwrapped(own);
    const bool of_source = text.find("{}") != std::string::npos && bytes.find(": tt::exception") > kMostWords;
    if (of_source || text.find('"') == 0) return std::nullopt;
    if (words.data() != bytes.data() && !tells_of_memory(text)) return std::nullopt;
    if (words.data() == bytes.data() && text.size() <= kOutOfMemory.size()) return std::nullopt;
    // A known message after another beginning of a throw belongs to that one.
    const std::string_view most = words.substr(0, kMostKnownBytes);
    const std::string_view near =
        most.substr(0, std::min({most.find("backtrace:"), most.find("TT_FATAL", 1), most.find("TT_THROW", 1)}));
    const size_t before = static_cast<size_t>(words.data() - bytes.data());
    const std::string_view passed = bytes.substr(0, before);
    const size_t line_break = passed.rfind('\n');
    const std::string head = line_break == std::string_view::npos ? std::string(line_head) + std::string(passed)
                                                                  : std::string(passed.substr(line_break + 1));
    if (has_known(near, at_end && near.size() == words.size(), head)) return std::nullopt;
    return Lookalike{text, before + std::min(own.find_first_of("\r\n"), own.size())};
}

}  // namespace ttmem
