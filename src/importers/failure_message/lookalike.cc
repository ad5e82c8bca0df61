#include "src/importers/failure_message/lookalike.h"

#include <algorithm>
#include <array>

#include "src/importers/failure_message/failure_message.h"
#include "src/importers/input/characters.h"
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

bool tells_of_memory(std::string_view text) {
    static constexpr std::array<std::string_view, 11> kMemory = {
        "dram",         "l1",           "l1_small",      "circular buffer", "dataflow buffer", "scratchpad",
        "trace buffer", "trace region", "kernel config", "device memory",   "device buffer"};
    static constexpr std::array<std::string_view, 20> kLack = {"not enough",
                                                               "out of memory",
                                                               "cannot allocate",
                                                               "can not allocate",
                                                               "can't allocate",
                                                               "cannot place",
                                                               "could not allocate",
                                                               "failed to allocate",
                                                               "unable to allocate",
                                                               "exceeds",
                                                               "exceed",
                                                               "beyond",
                                                               "too large",
                                                               "too small",
                                                               "too big",
                                                               "no space",
                                                               "does not fit",
                                                               "insufficient",
                                                               "larger than",
                                                               "clash"};
    const std::string words = lower(text);
    const auto has = [&](std::string_view phrase) { return has_words(words, phrase); };
    return std::ranges::any_of(kMemory, has) && std::ranges::any_of(kLack, has);
}

// The first line of `text`, without colours and blanks at its ends.
std::string first_line(std::string_view text) {
    text = text.substr(0, std::min(text.find_first_of("\r\n"), kMostWords));
    if (const size_t spelled = text.find("\\n"); spelled != std::string_view::npos) text = text.substr(0, spelled);
    std::string plain = without_colours(text);
    while (!plain.empty() && plain.back() == ' ') plain.pop_back();
    plain.erase(0, std::min(plain.find_first_not_of(" \t"), plain.size()));
    return plain;
}

bool has_known(std::string_view bytes, bool at_end, std::string_view line_head) {
    for (size_t i = 0; i + 1 < bytes.size(); ++i) {
        if (may_begin_failure_message(bytes[i], bytes[i + 1]) &&
            read_failure_message(bytes.substr(i), at_end, line_head))
            return true;
    }
    return false;
}

// The words of "TT_FATAL @ file:line: expression\ninfo:\nwords" stand below; of "TT_FATAL: words", on the line.
std::string_view words_of_throw(std::string_view bytes) {
    bytes.remove_prefix(8);
    if (bytes.starts_with(": ")) return bytes.substr(2);
    if (!bytes.starts_with(" @ ")) return {};
    const size_t info = bytes.substr(0, kMostKnownBytes).find("info:");
    if (info == std::string_view::npos) return {};
    bytes.remove_prefix(info + 5);
    const size_t begin = bytes.substr(0, 200).find_first_not_of(" \t\r\nE\\n|");
    return begin == std::string_view::npos ? std::string_view() : bytes.substr(begin);
}

std::string_view words_of_line(std::string_view bytes) {
    bytes.remove_prefix(2);
    const std::string level = lower(bytes.substr(0, 8));
    if (level != "critical" && !level.starts_with("fatal")) return {};
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    size_t bar = line.find('|');
    if (bar != std::string_view::npos) {
        const size_t next = line.find('|', bar + 1);
        if (next != std::string_view::npos) bar = next;
    }
    if (bar == std::string_view::npos) return {};
    const std::string_view words = bytes.substr(bar + 1);
    const size_t begin = words.find_first_not_of(' ');
    return begin == std::string_view::npos ? std::string_view() : words.substr(begin);
}

}  // namespace

std::optional<Lookalike> read_lookalike(std::string_view bytes, bool at_end, std::string_view line_head) {
    constexpr std::string_view kOutOfMemory = "Out of Memory: ";
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
    const std::string text = first_line(words);
    if (text.find("{}") != std::string::npos || text.find('"') == 0) return std::nullopt;  // source code
    if (words.data() != bytes.data() && !tells_of_memory(text)) return std::nullopt;
    if (words.data() == bytes.data() && text.size() <= kOutOfMemory.size()) return std::nullopt;
    const std::string_view near = words.substr(0, std::min(kMostKnownBytes, words.find("backtrace:")));
    if (has_known(near, at_end && near.size() == words.size(), line_head)) return std::nullopt;
    return Lookalike{
        text, static_cast<size_t>(words.data() - bytes.data()) + std::min(words.find_first_of("\r\n"), words.size())};
}

}  // namespace ttmem
