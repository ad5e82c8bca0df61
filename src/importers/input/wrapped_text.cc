#include "src/importers/input/wrapped_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "src/base/decimal.h"
#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/line_breaks.h"

namespace ttmem {
namespace {

// How many steps a match may take: some for every byte of the pattern that it got to, so that text which is made to
// take forever costs little.
constexpr size_t kFirstSteps = 100, kStepsPerByte = 40;
constexpr size_t kMostPlaces = 48;        // in a line, where a message may go on
constexpr size_t kMostCoresBytes = 4000;  // of a chip's cores, each in a range of its own
constexpr size_t kCoresBytesPerStep = 16;
constexpr std::string_view kOfCores = "{}[]()xy=,-";
constexpr size_t kGroup = 3;  // digits between the separators of a number

// Whether these are cores, to their end: source code, which prints "{}", has the brackets alone.
bool is_of_cores(std::string_view text) {
    int open = 0;
    for (const char c : text) open += (c == '{' || c == '[' || c == '(') - (c == '}' || c == ']' || c == ')');
    return open == 0 && std::ranges::any_of(text, is_digit);
}

// "{[0-0-7-7],[(x=0,y=8)-(x=7,y=8)]}", of which the blanks were left out, as tt-metal spells it.
std::string spelled_as_cores(std::string_view cores) {
    std::string text;
    bool named = false;
    size_t dashes = 0;  // in this range
    for (const char c : cores) {
        if (c == '[') named = false, dashes = 0;
        named = named || c == '(';
        const bool between = c == '-' && text.find('[') != std::string::npos && (named || ++dashes == 2);
        text += between ? " - " : c == ',' && text.ends_with(']') ? ", " : std::string(1, c);
    }
    return text;
}

// kPlain: without "name: ", which may be words of the message itself.
enum class Prefix : uint8_t { kAny, kPlain };

// Where the message may go on in the line that begins at `line`: behind nothing, behind marks, behind times, or behind
// any separator that ends a prefix. Never behind a mere word: what follows a word belongs to another message.
// The places in the line where its beginning, word by word, is that of `head` but for the numbers in it, and but for
// blanks before it, with which numbers of lines are set right. Whether it has all of it, with a number.
template <class Add>
bool after_same_words(std::string_view bytes, size_t line, std::string_view head, const Add& add) {
    size_t p = line, h = 0;
    bool number = false;
    while (h < head.size() && is_blank(head[h])) ++h;
    if (h < head.size() && is_digit(head[h])) {
        while (p < bytes.size() && is_blank(bytes[p])) ++p;
    } else {
        h = 0;
    }
    while (p < bytes.size() && h < head.size()) {
        if (is_digit(bytes[p]) && is_digit(head[h])) {
            while (p < bytes.size() && is_digit(bytes[p])) ++p;
            while (h < head.size() && is_digit(head[h])) ++h;
            number = true;
            if (h < head.size()) continue;
        }
        if (h < head.size()) {
            if (bytes[p] != head[h] || bytes[p] == '\n') break;
            ++p, ++h;
        }
        const std::string_view said = bytes.substr(0, p);
        // "[1,3]<stdout>:", `{"log":"`, "level=error msg=": no blank follows.
        const bool ends_head = h == head.size() || said.ends_with(">:") || said.ends_with("]:") ||
                               said.ends_with('"') || said.ends_with('=');
        if (is_blank(bytes[p - 1]) || ends_head) add(p);
    }
    return number && !head.empty() && h == head.size();
}

// Places in a text of at most 64 KiB, each once. Small, as a match may go through many lines, one within another.
class Places {
public:
    void add(size_t at) {
        if (at > UINT16_MAX || count_ >= kMostPlaces || std::find(begin(), end(), at) != end()) return;
        at_[count_++] = static_cast<uint16_t>(at);
    }
    void reverse() { std::reverse(at_.begin(), at_.begin() + count_); }
    const uint16_t* begin() const { return at_.data(); }
    const uint16_t* end() const { return at_.data() + count_; }

private:
    std::array<uint16_t, kMostPlaces> at_;
    size_t count_ = 0;
};

// `"text": "`: the key of the string of JSON in which `head` ends, and the string's beginning; "" where it ends in
// none.
std::string_view open_string(std::string_view head) {
    size_t quote = head.rfind('"');
    while (quote != std::string_view::npos && quote > 0 && head[quote - 1] == '\\') quote = head.rfind('"', quote - 1);
    if (quote == std::string_view::npos || quote == 0) return {};
    size_t colon = quote - 1;
    while (colon > 0 && is_blank(head[colon])) --colon;
    if (head[colon] != ':' || colon < 2 || head[colon - 1] != '"') return {};
    const size_t key = head.rfind('"', colon - 2);
    return key == std::string_view::npos ? std::string_view() : head.substr(key, quote + 1 - key);
}

// Where the text of the line at `line` begins: of a line of JSON that follows another one, in the string of that name,
// as its other values are no words of the message; npos where it has none.
size_t text_begin(std::string_view bytes, size_t line, std::string_view head) {
    const bool of_json = line >= 2 && bytes[line - 1] == '\n' && bytes[line - 2] == '}';
    const std::string_view key = of_json ? open_string(head) : std::string_view();
    if (key.empty()) return line;
    const std::string_view rest = bytes.substr(line, kMostPrefixBytes);
    const size_t at = rest.substr(0, rest.find('\n')).find(key);
    return at == std::string_view::npos ? at : line + at + key.size();
}

Places after_prefix(std::string_view bytes, size_t line, Prefix prefix, std::string_view head) {
    Places places;
    const size_t text = text_begin(bytes, line, head);
    if (text == std::string_view::npos) return places;
    const auto add = [&](size_t at) {
        at = skip_marks(bytes, at, "");
        const bool empty_line = skip_newline(bytes, at) != at;
        if (!empty_line && at >= text) places.add(at);
    };
    const bool has_head = after_same_words(bytes, line, head, add);
    places.reverse();             // the longest prefix first: a shorter one ends within it
    if (has_head) return places;  // a number in it is no part of the message
    size_t marks = skip_marks(bytes, text, "\"'|>#*+-");
    const bool pytest = bytes.substr(marks).starts_with("E ");  // so it begins the lines of an error; no word of it
    if (pytest) ++marks;
    if (!pytest) add(text);
    add(marks);
    size_t words = text;
    while (words < bytes.size() && is_blank(bytes[words])) ++words;
    add(skip_times(bytes, words));
    const bool of_json = text != line;  // where a separator is one of the text
    const size_t limit = of_json ? line : std::min(bytes.size(), line + kMostPrefixBytes);
    for (size_t p = line; p < limit && skip_newline(bytes, p) == p; ++p) {
        const size_t behind_mark = skip_mark(bytes, p, prefix == Prefix::kAny ? "|]>:)" : "|]>)");
        if (behind_mark != p) {
            if (!inside_time(bytes, p)) add(behind_mark);
        } else if (prefix == Prefix::kAny && bytes[p] == '-' && p > line && is_blank(bytes[p - 1])) {
            add(p + 1);
        }
    }
    return places;
}

class Matcher {
public:
    Matcher(std::string_view bytes, std::string_view pattern, std::string_view head)
        : bytes_(bytes), pattern_(pattern), head_(head) {}

    WrappedMatch match() {
        best_.whole = run(0, 0);
        best_.text = text_of(best_);
        return std::move(best_);
    }

private:
    // Matches the pattern from `pi` at `at`; the first way that works wins.
    bool run(size_t pi, size_t at) {
        for (;; ++pi, ++at) {
            if (!may_go_on()) return false;
            at = skip_colours(at);
            note(pi, at);
            if (pi == pattern_.size()) return true;
            const char wanted = pattern_[pi];
            if (wanted == '#' || wanted == '@' || wanted == '&') return run_token(pi, at, "", false);
            if (wanted == '$') return run_cores(pi, at, "");
            if (wanted == ' ') return run_blank(pi, at);
            if (wanted == '~') return run(pi + 1, at) || run_blank(pi, at);
            if (at >= bytes_.size() || bytes_[at] != wanted) {
                return after_break(at, [&](size_t next) { return run(pi, next); });
            }
        }
    }

    bool run_blank(size_t pi, size_t at) {
        size_t next = at;
        for (;;) {
            if (next < bytes_.size() && is_blank(bytes_[next])) {
                ++next;
            } else if (bytes_.substr(next).starts_with("\\t")) {
                next += 2;
            } else if (const size_t colour = skip_escape(bytes_, next); colour != next) {
                next = colour;
            } else {
                break;
            }
        }
        if (next != at && run(pi + 1, next)) return true;
        return after_break(at, [&](size_t line) { return run(pi + 1, line); });
    }

    // A core, or cores, up to what follows in the pattern, which is no number. `head` of it stood before a break;
    // blanks are left out, as breaks take some of them.
    bool run_cores(size_t pi, size_t at, std::string head) {
        const char next = pi + 1 < pattern_.size() ? pattern_[pi + 1] : '\0';
        if (!may_go_on()) return false;
        for (; head.size() < kMostCoresBytes && at < bytes_.size(); ++at) {
            const bool at_break = skip_newline(bytes_, at) != at || skip_escape(bytes_, at) != at;
            if (is_of_cores(head) && (bytes_[at] == next || (at_break && next == ' '))) {
                now_.words.push_back(spelled_as_cores(head));
                if (run(pi + 1, at)) return true;
                now_.words.pop_back();
            }
            if (at_break) {
                const size_t behind = skip_colours(at);
                if (behind != at && skip_newline(bytes_, behind) == behind) return run_cores(pi, behind, head);
                return after_break(at, [&](size_t line) { return run_cores(pi, line, head); });
            }
            if (is_blank(bytes_[at])) continue;
            if (!is_digit(bytes_[at]) && kOfCores.find(bytes_[at]) == std::string_view::npos) return false;
            head += bytes_[at];
            if (head.size() % kCoresBytesPerStep == 0 && !may_go_on()) return false;
        }
        return false;
    }

    // A number or word, of which `head` stood before a break; `cut`: there was one.
    bool run_token(size_t pi, size_t at, std::string head, bool cut) {
        if (!may_go_on()) return false;
        const bool number = pattern_[pi] != '@', must_be_cut = pattern_[pi] == '&';
        const size_t begin = at;
        while (at < bytes_.size() && (number ? is_digit(bytes_[at]) : is_word(bytes_[at]))) head += bytes_[at++];
        for (size_t next = at; number && (next = after_separator(begin, at)) != at; at = next)
            head += bytes_.substr(next - kGroup, kGroup);
        if (at == begin) {
            return after_break(at, [&](size_t next) { return token_at(pi, next) && run_token(pi, next, head, cut); });
        }
        if (const size_t next = skip_colours(at); next != at && token_at(pi, next))
            return run_token(pi, next, head, cut);
        const bool last = pi + 1 == pattern_.size();
        if (number && !last && begins_time(at, pattern_[pi + 1])) return false;
        if ((!last || ends_token(at)) && (cut || !must_be_cut) && push(number, head)) {
            if (run(pi + 1, at)) return true;
            pop(number);
        }
        // What stands there does not go on as it should: perhaps the line break cut the token in two. At the end of a
        // pattern nothing would tell.
        if (last && (cut || !must_be_cut)) return false;
        return after_break(at, Prefix::kPlain,
                           [&](size_t next) { return token_at(pi, next) && run_token(pi, next, head, true); });
    }

    // "12,345,678", "12_345": after the next three digits of a number that began at `begin`, or `at`.
    size_t after_separator(size_t begin, size_t at) const {
        const bool first = at - begin <= kGroup;
        if (at == begin || at + kGroup >= bytes_.size() || (bytes_[at] != ',' && bytes_[at] != '_')) return at;
        if (!first && bytes_[at] != bytes_[at - kGroup - 1]) return at;
        for (size_t i = 1; i <= kGroup; ++i) {
            if (!is_digit(bytes_[at + i])) return at;
        }
        const size_t end = at + kGroup + 1;
        return end < bytes_.size() && is_digit(bytes_[end]) ? at : end;
    }

    bool token_at(size_t pi, size_t at) const {
        return at < bytes_.size() && (pattern_[pi] != '@' ? is_digit(bytes_[at]) : is_word(bytes_[at]));
    }

    // Whether what ends at `at` is not a part of something longer: a date, a time, a version.
    bool ends_token(size_t at) const {
        if (at >= bytes_.size()) return true;
        if (is_word(bytes_[at])) return false;
        const bool joins = std::string_view(".,:-/").find(bytes_[at]) != std::string_view::npos;
        return !joins || at + 1 >= bytes_.size() || !is_digit(bytes_[at + 1]);
    }

    // "2026-08-13", "01:33": no number that a sentence goes on with.
    bool begins_time(size_t at, char next) const {
        if (at + 1 >= bytes_.size() || bytes_[at] == next || !is_digit(bytes_[at + 1])) return false;
        return bytes_[at] == '-' || bytes_[at] == ':';
    }

    bool may_go_on() {
        exhausted_ = exhausted_ || ++steps_ > kFirstSteps + kStepsPerByte * best_.pattern_end;
        return !exhausted_;
    }

    template <class Go>
    bool after_break(size_t at, const Go& go) {
        return after_break(at, Prefix::kAny, go);
    }
    template <class Go>
    bool after_break(size_t at, Prefix prefix, const Go& go) {
        const size_t line = at < bytes_.size() ? skip_break(bytes_, at) : std::string_view::npos;
        if (line == std::string_view::npos) return false;
        for (const size_t next : after_prefix(bytes_, line, prefix, head_)) {
            if (exhausted_) return false;
            if (go(next)) return true;
        }
        return false;
    }

    size_t skip_colours(size_t at) const {
        for (;;) {
            const size_t next = skip_escape(bytes_, at);
            if (next == at) return at;
            at = next;
        }
    }

    bool push(bool number, const std::string& token) {
        if (!number) {
            now_.words.push_back(token);
            return true;
        }
        const std::optional<uint64_t> value = decimal_in(token);
        if (value) now_.numbers.push_back(*value);
        return value.has_value();
    }
    void pop(bool number) {
        if (number) {
            now_.numbers.pop_back();
        } else {
            now_.words.pop_back();
        }
    }

    void note(size_t pi, size_t at) {
        if (pi < best_.pattern_end || (pi == best_.pattern_end && pi != 0)) return;
        best_ = now_;
        best_.pattern_end = pi;
        best_.end = at;
    }

    std::string text_of(const WrappedMatch& match) const {
        std::string text;
        size_t number = 0, word = 0;
        for (const char c : pattern_.substr(0, match.pattern_end)) {
            if (c == '#' || c == '&') {
                text += std::to_string(match.numbers[number++]);
            } else if (c == '@' || c == '$') {
                text += match.words[word++];
            } else if (c != '~') {
                text += c;
            }
        }
        return text;
    }

    const std::string_view bytes_, pattern_, head_;
    size_t steps_ = 0;
    bool exhausted_ = false;
    WrappedMatch now_;   // the tokens on the way to here
    WrappedMatch best_;  // the farthest way
};

}  // namespace

WrappedMatch match_wrapped(std::string_view bytes, std::string_view pattern, std::string_view line_head) {
    return Matcher(bytes, pattern, line_head).match();
}

}  // namespace ttmem
