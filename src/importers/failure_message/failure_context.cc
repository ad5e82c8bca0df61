#include "src/importers/failure_message/failure_context.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/log_lines.h"

namespace ttmem {
namespace {

constexpr size_t kMostNameBytes = 200;
constexpr size_t kMostTracebackLines = 400, kMostVoices = 256;
constexpr int64_t kSecond = 1000000, kDay = 86400 * kSecond;  // in microseconds
constexpr size_t kMostThrowLines = 12;                        // between an exception's beginning and its message
constexpr size_t kMostTraceLines = 12;                        // between the frames of a backtrace and what may be of it

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

// The last word of the text, which is then cut off.
std::string_view take_last_word(std::string_view& text) {
    text = trimmed(text);
    const size_t blank = text.find_last_of(" \t");
    const std::string_view word = blank == std::string_view::npos ? text : text.substr(blank + 1);
    text = text.substr(0, text.size() - word.size());
    return word;
}

// The microseconds of "15:31:52.716", "19:34:13,5"; "2026-05-04T15:31:52Z" counts from its T.
std::optional<int64_t> moment_of_day(std::string_view word) {
    if (const size_t t = word.find('T'); t != std::string_view::npos) word = word.substr(t + 1);
    std::array<int64_t, 3> parts{};
    for (size_t i = 0; i < 3; ++i) {
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), parts[i]);
        if (error != std::errc() || end == word.data() || parts[i] < 0) return std::nullopt;
        word.remove_prefix(static_cast<size_t>(end - word.data()));
        if (i < 2 && !word.starts_with(':')) return std::nullopt;
        if (i < 2) word.remove_prefix(1);
    }
    if (parts[0] > 23 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
    int64_t moment = (parts[0] * 3600 + parts[1] * 60 + parts[2]) * kSecond;
    const bool fraction = word.size() > 1 && (word[0] == '.' || word[0] == ',');
    int64_t unit = kSecond / 10;
    for (size_t i = 1; fraction && i < word.size() && is_digit(word[i]); ++i, unit /= 10)
        moment += unit * (word[i] - '0');
    return moment;
}

// Takes a time to the day of "2026-05-04", "05/04/2026", "20260504" or, of any year, "05-04".
void set_day(LoggerTime& time, std::string_view date) {
    std::array<int64_t, 3> parts{};
    size_t count = 0;
    for (; count < 3 && !date.empty(); ++count) {
        const auto [end, error] = std::from_chars(date.data(), date.data() + date.size(), parts[count]);
        if (error != std::errc() || parts[count] < 0 || parts[count] > 99999999) return;
        date.remove_prefix(static_cast<size_t>(end - date.data()));
        if (!date.empty()) date.remove_prefix(1);
    }
    auto& [year, month, day] = parts;
    if (count == 1) parts = {year / 10000, year / 100 % 100, year % 100};
    if (count == 2) parts = {0, year, month};
    if (count == 3 && day > 31) parts = {day, year, month};
    if (month > 12) std::swap(month, day);
    time.moment += ((year * 12 + month) * 31 + day) * kDay;
    time.period = count == 2 ? 12 * 31 * kDay : 0;
}

bool is_date(std::string_view word) {
    return word.size() >= 5 && is_digit(word[0]) && word.find_first_not_of("0123456789-/") == std::string_view::npos;
}

// "2026-05-04" of "<stdout>:2026-05-04".
std::string_view date_at_end(std::string_view word) {
    const size_t before = word.find_last_not_of("0123456789-/");
    return before == std::string_view::npos ? word : word.substr(before + 1);
}

bool is_level(std::string_view word) {
    static constexpr std::array<std::string_view, 8> kLevels = {"critical", "fatal", "error", "warning",
                                                                "warn",     "info",  "debug", "trace"};
    std::string lower(word.substr(0, 16));
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return std::ranges::find(kLevels, lower) != kLevels.end();
}

// The time that `before` ends with.
std::optional<LoggerTime> time_at_end(std::string_view before, bool of_throw) {
    std::string_view word = take_last_word(before);
    while (!word.empty() && std::string_view("]),").find(word.back()) != std::string_view::npos) word.remove_suffix(1);
    const std::optional<int64_t> moment = moment_of_day(word);
    if (!moment) return std::nullopt;
    LoggerTime time{std::string(word), of_throw, *moment, kDay};
    if (const size_t t = word.find('T'); t != std::string_view::npos) {
        if (const std::string_view date = date_at_end(word.substr(0, t)); is_date(date)) set_day(time, date);
    } else if (const std::string_view date = date_at_end(take_last_word(before)); is_date(date)) {
        time.text = std::string(date) + " " + time.text;
        set_day(time, date);
    }
    return time;
}

// The value after `key` in the line: a word, or what quotes enclose.
std::string value_after(std::string_view line, std::string_view key) {
    const size_t at = line.find(key);
    if (at == std::string_view::npos || (at > 0 && is_word(line[at - 1]))) return "";
    std::string_view rest = line.substr(at + key.size());
    while (!rest.empty() && (is_blank(rest[0]) || rest[0] == '=' || rest[0] == ':')) rest.remove_prefix(1);
    if (!rest.empty() && (rest[0] == '\'' || rest[0] == '"')) {
        const size_t end = rest.find(rest[0], 1);
        return end == std::string_view::npos || end > kMostNameBytes ? "" : std::string(rest.substr(1, end - 1));
    }
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t,;)]}\"'\r"));
    return word.size() > kMostNameBytes ? "" : std::string(word);
}

}  // namespace

std::optional<LoggerTime> logger_time(std::string_view line_head) {
    const std::string plain = without_escapes(line_head);
    const std::string_view head = plain;
    // "<time> | critical | Always | "
    for (size_t bar = head.find('|'); bar != std::string_view::npos; bar = head.find('|', bar + 1)) {
        const size_t next = head.find('|', bar + 1);
        if (next == std::string_view::npos) break;
        const std::string_view level = trimmed(head.substr(bar + 1, next - bar - 1));
        if (!is_level(level)) continue;
        const bool of_throw = level[0] >= 'a';  // loguru's are in capitals
        if (std::optional<LoggerTime> time = time_at_end(head.substr(0, bar), of_throw)) return time;
    }
    // "ERROR 06-24 19:34:13 [engine.py:163] ", "2026-06-24 19:34:13,120 - vllm - ERROR - ": a time and a level.
    std::string_view rest = head;
    bool level = false;
    std::optional<LoggerTime> time;
    while (!trimmed(rest).empty()) {
        const std::string_view whole = rest;
        std::string_view word = take_last_word(rest);
        if (!time) time = time_at_end(whole, false);
        while (!word.empty() && !is_word(word.back())) word.remove_suffix(1);
        while (!word.empty() && !is_word(word.front())) word.remove_prefix(1);
        level = level || is_level(word);
    }
    return level ? time : std::nullopt;
}

std::optional<LoggerTime> logger_time_above(std::string_view previous, std::string_view line_head) {
    const std::string above = without_escapes(previous), below = without_escapes(line_head);
    const std::string whole = above + std::string(after_common_head(below, above));
    std::string between;  // the logger's head and the message
    for (const char c : whole.substr(whole.rfind('|') + 1)) {
        if (!is_blank(c) && c != '\r') between += c;
    }
    const auto is_before = [&](const std::string& words) {
        return between == words || between == words + "OutofMemory:";
    };
    const bool is_head = is_before("") || std::ranges::any_of(kThrowMarks, [&](std::string_view mark) {
                             return is_before(std::string(mark) + ":");
                         });
    return is_head ? logger_time(whole) : std::nullopt;
}

namespace {

// Where the last exception begins whose message stands below, "TT_FATAL @ file:line: expression".
size_t throw_at(std::string_view text) {
    for (size_t at = text.rfind(" @ "); at != std::string_view::npos && at > 0; at = text.rfind(" @ ", at - 1)) {
        for (const std::string_view mark : kThrowMarks) {
            if (text.substr(0, at).ends_with(mark)) return at - mark.size();
        }
    }
    return std::string_view::npos;
}

}  // namespace

std::optional<LoggerTime> logger_time_of_throw(std::string_view text) {
    const size_t at = throw_at(text);
    if (at == std::string_view::npos) return std::nullopt;
    const size_t spelled = text.substr(0, at).rfind("\\n");
    const size_t begin = spelled == std::string_view::npos ? 0 : spelled + 2;
    return logger_time(text.substr(begin, at - begin));
}

std::string_view before_time(std::string_view text) {
    std::string_view before = text;
    if (!moment_of_day(take_last_word(before))) return text;
    before = trimmed(before);
    std::string_view rest = before;
    const std::string_view date = date_at_end(take_last_word(rest));
    return is_date(date) ? before.substr(0, before.size() - date.size()) : before;
}

std::optional<LogProgress> progress_in(std::string_view line) {
    static constexpr std::array<std::string_view, 5> kOfDevices = {"cache", "weight", "layer", "Loading", "parameter"};
    const size_t bar = line.rfind("%|");
    const size_t counts = bar == std::string_view::npos ? bar : line.find("| ", bar + 2);
    if (counts == std::string_view::npos) return std::nullopt;
    LogProgress progress;
    const char* const end = line.data() + line.size();
    const auto done = std::from_chars(line.data() + counts + 2, end, progress.done);
    if (done.ec != std::errc() || done.ptr == end || *done.ptr != '/') return std::nullopt;
    const auto total = std::from_chars(done.ptr + 1, end, progress.total);
    if (total.ec != std::errc() || total.ptr == end || *total.ptr != ' ' || progress.done > progress.total)
        return std::nullopt;
    std::string_view label = line.substr(0, bar);
    label.remove_prefix(std::min(label.rfind('\r') + 1, label.size()));  // each state overwrites the one before
    label = label.substr(0, label.rfind(':'));
    label = trimmed(label);
    if (label.size() > kMostNameBytes ||
        std::ranges::none_of(kOfDevices, [&](auto word) { return label.find(word) != std::string_view::npos; }))
        return std::nullopt;
    progress.label = std::string(label);
    return progress;
}

bool is_of_failed_test(std::string_view line) {
    const std::string plain = without_escapes(line);
    const size_t at = plain.find("FAILED ");
    return at != std::string::npos && plain.find(".py::", at) != std::string::npos;
}

std::string test_in(std::string_view line) {
    constexpr std::string_view kMark = ".py::";
    const size_t at = line.find(kMark);
    if (at == std::string_view::npos) return "";
    size_t begin = at, end = at + kMark.size();
    while (begin > 0 && (is_word(line[begin - 1]) || std::string_view("/.-").find(line[begin - 1]) != line.npos))
        --begin;
    bool inside = false;
    constexpr std::string_view kEnds = " \t,\"'<";
    while (end < line.size() && (inside || kEnds.find(line[end]) == std::string_view::npos) && line[end] != '\r') {
        inside = line[end] == '[' || (inside && line[end] != ']');
        ++end;
    }
    while (end > begin && std::string_view("`*\"'.,:;)").find(line[end - 1]) != std::string_view::npos) --end;
    std::string name(line.substr(begin, end - begin));
    return name.size() > kMostNameBytes ? name.substr(0, kMostNameBytes) : name;
}

namespace {

// "tests.a::test_1" of `<testcase classname="tests.a" name="test_1" ...>`, JUnit's.
std::string test_case_in(std::string_view line) {
    const size_t at = line.find("<testcase ");
    if (at == std::string_view::npos) return "";
    const std::string suite = value_after(line.substr(at), "classname"), name = value_after(line.substr(at), " name");
    return suite.empty() || name.empty() ? name : suite + "::" + name;
}

// "MeshTest.A" of "[ RUN      ] MeshTest.A" and "[  FAILED  ] MeshTest.A (3 ms)", gtest's.
std::string google_test_in(std::string_view line) {
    for (const std::string_view mark : {"[ RUN      ] ", "[  FAILED  ] "}) {
        const size_t at = line.find(mark);
        if (at == std::string_view::npos) continue;
        const std::string_view name = line.substr(at + mark.size(), kMostNameBytes);
        return std::string(name.substr(0, name.find_first_of(" ,\r")));
    }
    return "";
}

// Whether a test that the line names is over, and nothing failed.
bool has_passed(std::string_view line) {
    static constexpr auto kMarks =
        std::to_array<std::string_view>({" PASSED", " SKIPPED", " XFAIL", "[       OK ]", "</testcase>"});
    return std::ranges::any_of(kMarks, [&](auto mark) { return line.find(mark) != std::string_view::npos; });
}

}  // namespace

const LogSubject::Voice& LogSubject::voice(const std::string& speaker) const {
    static const Voice kSilent;
    const auto found = voices_.find(speaker);
    return found == voices_.end() ? kSilent : found->second;
}

const std::string& LogSubject::test(const std::string& speaker) const {
    const std::string& own = voice(speaker).test;
    return own.empty() ? voice("").test : own;
}

// A backtrace ends with where the program or its thread began.
void LogSubject::follow_trace(Voice& voice, std::string_view line) {
    static constexpr auto kLastFrames =
        std::to_array<std::string_view>({"_start", "libc.so", "python", "main", "clone", "pthread"});
    const size_t frame = line.find("--- ");
    if (line.find("backtrace:") != std::string_view::npos) {
        voice.trace_lines = kMostTraceLines;
    } else if (frame != std::string_view::npos && (frame == 0 || line[frame - 1] == ' ')) {
        const bool last = std::ranges::any_of(kLastFrames, [&](auto words) { return line.find(words) != line.npos; });
        voice.trace_lines = last ? 0 : kMostTraceLines;
    } else if (voice.trace_lines > 0) {
        --voice.trace_lines;
    }
}

void LogSubject::follow_throw(Voice& voice, std::string_view line, bool of_message) {
    const size_t at = of_message ? std::string_view::npos : throw_at(line);
    if (at != std::string_view::npos) {
        voice.throw_head = line.substr(0, std::min(at, kMostNameBytes));
        voice.throw_lines = kMostThrowLines;
    } else if (of_message || voice.throw_lines == 0 || --voice.throw_lines == 0 ||
               line.find("backtrace:") != std::string_view::npos) {
        voice.throw_head.clear();
    }
}

// What both lines begin with, a carrier put there: its time is not of a logger.
std::optional<LoggerTime> LogSubject::throw_time(const std::string& speaker, std::string_view line_head) const {
    const std::string& head = voice(speaker).throw_head;
    return head.empty() ? std::nullopt : logger_time(after_common_head(head, line_head));
}

void LogSubject::line(std::string_view line, bool of_message, const std::string& speaker) {
    if (line.size() > 4096) line = line.substr(0, 4096);
    if (voices_.size() > kMostVoices) voices_.clear();
    Voice& voice = voices_[speaker];
    follow_trace(voice, line);
    follow_throw(voice, line, of_message);
    if (line.find("Traceback (most recent call last)") != std::string_view::npos) {
        std::optional<LoggerTime> time = voice.previous_has_message ? std::nullopt : logger_time(voice.previous);
        if (time || voice.previous_has_message) voice.traceback_time = std::move(time);
        voice.traceback_lines = kMostTracebackLines;
    } else if (voice.traceback_lines == 0 || --voice.traceback_lines == 0) {
        voice.traceback_time.reset();
    }
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
        voice.previous = line.substr(0, kMostNameBytes);
        voice.previous_has_message = of_message;
    }
    if (std::optional<LogProgress> progress = progress_in(line)) {
        const bool ended = progress->done == progress->total;
        voice.progress = ended ? std::nullopt : std::move(progress);
        voice.progress_lines = kMostTracebackLines;
    } else if (voice.progress_lines == 0 || --voice.progress_lines == 0) {
        voice.progress.reset();
    }
    std::string test = test_in(line);
    if (test.empty()) test = test_case_in(line);
    if (test.empty()) test = google_test_in(line);
    if (has_passed(line)) {
        voice.test.clear();
    } else if (!test.empty()) {
        voice.test = std::move(test);
    } else if (const size_t at = line.find("____ "); at != std::string_view::npos) {
        std::string_view name = line.substr(at + 5);  // pytest's heading: "______ test_name[x] ______"
        const size_t end = name.find(" ____");
        if (end != std::string_view::npos && end > 0 && end <= kMostNameBytes) voice.test = name.substr(0, end);
    }
    for (const std::string_view key : {"--model", "model_name", "model="}) {
        if (std::string model = value_after(line, key); !model.empty()) model_ = std::move(model);
    }
}

}  // namespace ttmem
