#include "src/apps/running/last_words.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "src/importers/input/escapes.h"

namespace ttmem {
namespace {

constexpr size_t kMostWords = 300;  // bytes of them
constexpr size_t kMostHead = 120;   // bytes of a line in which a logger tells its level

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_alpha(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// "[host:1234] *** End of error message ***": what Open MPI, which tt-metal starts, prints of a signal.
bool is_of_signal(std::string_view line) {
    const size_t bracket = line.find("] "), colon = line.find(':');
    return line.starts_with('[') && colon < bracket && bracket != std::string_view::npos &&
           line.find_first_not_of("0123456789", colon + 1) == bracket;
}

// "ValueError: 7", "KeyboardInterrupt", "module.OutOfMemoryError: ...": as Python ends a traceback, and others an
// error.
bool is_error(std::string_view line) {
    size_t end = 0;
    while (end < line.size() && (is_alpha(line[end]) || is_digit(line[end]) || line[end] == '_' || line[end] == '.'))
        ++end;
    const std::string_view name = line.substr(0, end);
    if (end != line.size() && line[end] != ':') return false;
    return std::ranges::any_of(std::to_array<std::string_view>({"Error", "Exception", "Interrupt", "Exit"}),
                               [&](std::string_view word) { return name.ends_with(word); });
}

// "2026-11-30 03:26:26.123 | info     | Device | ...", "INFO:root: ...", "[warning] ...": a line of a logger that is of
// no error. The level stands first, behind a time, or between separators in a line that begins with a time.
bool is_chatter(std::string_view line) {
    const std::string_view head = line.substr(0, kMostHead);
    const bool has_time =
        std::count_if(head.begin(), head.begin() + std::min<ptrdiff_t>(std::ssize(head), 24), is_digit) >= 6;
    bool is_first = true;
    for (size_t at = 0; at < head.size();) {
        if (!is_alpha(head[at])) {
            ++at;
            continue;
        }
        size_t end = at;
        while (end < head.size() && is_alpha(head[end])) ++end;
        std::string word(head.substr(at, end - at));
        std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
        const auto is_one_of = [&](auto levels) {
            return std::ranges::any_of(levels, [&](std::string_view level) { return word == level; });
        };
        if (is_one_of(std::to_array<std::string_view>({"error", "critical", "fatal"}))) return false;
        const bool is_apart = end == head.size() || std::string_view(" |]:-").find(head[end]) != std::string_view::npos;
        if (is_apart && (is_first || has_time) &&
            is_one_of(std::to_array<std::string_view>({"trace", "debug", "info", "notice", "warn", "warning"})))
            return true;
        if (word.size() > 1) is_first = false;  // the T and the Z of a time say nothing
        at = end;
    }
    return false;
}

// tt-metal's exceptions: "TT_FATAL @ FILE:LINE: CONDITION", then "info:" and the message, then the backtrace.
bool is_of_metal(std::string_view line) {
    return line.find("TT_FATAL @") != std::string_view::npos || line.find("TT_THROW @") != std::string_view::npos ||
           line.find("TT_ASSERT @") != std::string_view::npos;
}

class Listener {
public:
    void hear(std::string_view line) {
        if (is_of_signal(line)) return;
        if (!line.empty() && !is_chatter(line)) last_ = line;
        if (line == "info:") {
            state_ = State::kMessage;
        } else if (state_ == State::kMessage) {
            error_ = line;
            state_ = State::kAfterMessage;
        } else if (line.starts_with("backtrace:")) {
            state_ = State::kNone;
        } else if (line.starts_with("Traceback (most recent call last)")) {
            state_ = State::kTraceback;
        } else if (state_ == State::kTraceback && !line.empty() && !line.starts_with(' ')) {
            hear_error(line);
        } else if (state_ != State::kAfterMessage) {
            hear_rest(line);
        }
    }

    std::string words(bool was_signal) const { return !error_.empty() || was_signal ? error_ : last_; }

private:
    enum class State { kNone, kTraceback, kMessage, kAfterMessage };

    void hear_error(std::string_view line) {
        error_ = line;
        state_ = State::kNone;
    }

    void hear_rest(std::string_view line) {
        constexpr std::string_view kWhat = "  what():  ";  // of C++
        if (line.starts_with(kWhat)) return hear_error(line.substr(kWhat.size()));
        if (line.starts_with("E  "))
            line.remove_prefix(std::min(line.find_first_not_of(' ', 1), line.size()));  // pytest
        if (is_error(line) || is_of_metal(line) || line.starts_with("ttmem: ")) hear_error(line);
    }

    State state_ = State::kNone;
    std::string error_, last_;
};

}  // namespace

std::string last_words(std::string_view output, bool was_signal) {
    const std::string plain = without_escapes(output);
    Listener listener;
    for (std::string_view rest = plain; !rest.empty();) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        listener.hear(line.substr(line.rfind('\r') + 1));  // of a bar that moves on, what is seen of it
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const std::string words = listener.words(was_signal);
    return words.size() > kMostWords ? words.substr(0, kMostWords) + "..." : words;
}

}  // namespace ttmem
