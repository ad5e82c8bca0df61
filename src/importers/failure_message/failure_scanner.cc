#include "src/importers/failure_message/failure_scanner.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "src/importers/failure_message/backtrace.h"
#include "src/importers/failure_message/lookalike.h"
#include "src/importers/input/escapes.h"

namespace ttmem {
namespace {

constexpr size_t kReadBytes = size_t{1} << 18;

// What web pages and chats put in place of blanks and of the hyphen between them, in as many bytes: offsets stay.
constexpr auto kTypography =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"\xc2\xa0", "  "},
                                                                  {"\xe2\x80\xaf", "   "},
                                                                  {"&nbsp;", "      "},
                                                                  {" \xe2\x80\x93 ", " -   "},
                                                                  {" \xe2\x80\x94 ", " -   "}});
constexpr size_t kMostTypography = 10;  // bytes

// A character in place of `bytes` bytes of the text, with characters that take no place behind it: offsets stay.
void put(std::string& text, size_t at, size_t bytes, char c) {
    std::string plain(1, c);
    if ((bytes - 1) % 2 == 1) plain += "\xe2\x80\x8b";
    while (plain.size() < bytes) plain += "\xc2\xad";
    text.replace(at, bytes, plain);
}

// "&#58;", "&lt;": entities of HTML, but for line breaks.
void decode_entities(std::string& text, size_t from) {
    static constexpr auto kNames = std::to_array<std::pair<std::string_view, char>>(
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}});
    for (size_t at = text.find('&', from); at != std::string::npos; at = text.find('&', at + 1)) {
        const std::string_view rest = std::string_view(text).substr(at, kMostTypography);
        for (const auto& [name, c] : kNames) {
            if (rest.starts_with(name)) put(text, at, name.size(), c);
        }
        const bool hexadecimal = rest.starts_with("&#x") || rest.starts_with("&#X");
        if (!rest.starts_with("&#")) continue;
        const char* const begin = rest.data() + (hexadecimal ? 3 : 2);
        unsigned value = 0;
        const auto [end, error] = std::from_chars(begin, rest.data() + rest.size(), value, hexadecimal ? 16 : 10);
        if (error == std::errc() && end != rest.data() + rest.size() && *end == ';' && value >= ' ' && value < 0x7f)
            put(text, at, static_cast<size_t>(end + 1 - rest.data()), static_cast<char>(value));
    }
}

// "Out%20of%20Memory%3A": of an address; where no "%20" is, a per cent is one.
void decode_addresses(std::string& text, size_t from) {
    if (text.find("%20", from) == std::string::npos) return;
    for (size_t at = text.find('%', from); at != std::string::npos; at = text.find('%', at + 1)) {
        unsigned value = 0;
        const char* const begin = text.data() + at + 1;
        if (at + 3 > text.size() || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) continue;
        if (value == '\n') text.replace(at, 3, "\\n ");
        if (value == ' ') text.replace(at, 3, "   ");
        if (value > ' ' && value < 0x7f) put(text, at, 3, static_cast<char>(value));
    }
}

// The next byte at or after `at` with which a message may begin; `end` when there is none.
size_t next_candidate(std::string_view bytes, size_t at) {
    static constexpr std::array<bool, 256> kMayBegin = [] {
        std::array<bool, 256> may_begin{};
        for (const char c : std::string_view("NSCDPTAFOL|")) may_begin[static_cast<unsigned char>(c)] = true;
        return may_begin;
    }();
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (!kMayBegin[static_cast<unsigned char>(c)]) continue;
        if (at + 1 >= bytes.size()) return at;
        if (may_begin_failure_message(c, bytes[at + 1]) || may_begin_lookalike(c, bytes[at + 1])) return at;
    }
    return at;
}

// Whether the backtrace begins in the next line.
bool goes_on_with_trace(std::string_view rest) {
    const size_t begin = std::min(rest.find_first_not_of(" \t\r\n"), rest.size());
    return without_escapes(rest.substr(begin, rest.substr(begin).find('\n'))).find("backtrace:") != std::string::npos;
}

}  // namespace

void FailureScanner::feed(std::string_view bytes) {
    const size_t old = window_.empty() ? 0 : window_.size() - std::min(window_.size() - next_, kMostTypography - 1);
    window_.append(bytes);
    bytes_ += bytes.size();
    for (const auto& [typography, plain] : kTypography) {
        for (size_t at = window_.find(typography, old); at != std::string::npos; at = window_.find(typography, at))
            window_.replace(at, plain.size(), plain);
    }
    decode_entities(window_, old);
    decode_addresses(window_, old);
    scan(false);
}

FailureScan FailureScanner::finish() {
    scan(true);
    FailureScan scan = tally_.take();
    scan.bytes_read = bytes_;
    return scan;
}

void FailureScanner::scan(bool at_end) {
    for (;;) {
        pass_to(next_candidate(window_, next_));
        if (next_ >= window_.size() || (!at_end && window_.size() - next_ < kLookAheadBytes)) break;
        while (!taken_.empty() && taken_.front().second <= base_ + next_) taken_.pop_front();
        if (!taken_.empty() && taken_.front().first <= base_ + next_) {
            pass_to(static_cast<size_t>(taken_.front().second - base_));
        } else if (!look_at(next_, at_end)) {
            pass_to(next_ + 1);
        }
    }
    const size_t keep = std::max(line_begin_, next_ - std::min(next_, kMostHeadBytes));
    base_ += keep;
    window_.erase(0, keep);
    next_ -= keep;
    line_begin_ -= std::min(line_begin_, keep);
}

std::optional<FoundMessage> FailureScanner::read(std::string_view rest, bool last, std::string_view head) const {
    std::optional<FoundMessage> message = read_failure_message(rest, last, head);
    if (message) return message;
    std::optional<Lookalike> lookalike = read_lookalike(rest, last, head);
    if (!lookalike) return std::nullopt;
    message.emplace();
    message->message.figures.kind = FailureKind::kUnknown;
    message->message.text = std::move(lookalike->text);
    message->message.open_end = lookalike->open;
    message->end = lookalike->end;
    return message;
}

// The lines of the process that printed the one at `at`, where several print; nullopt where all are of one.
std::optional<OwnLines> FailureScanner::own_lines_at(size_t at) {
    const std::string_view window(window_);
    if (!several_speak_ && speaker_.empty()) return std::nullopt;
    if (!begins_failure_message(window.substr(at, kMostHeadBytes), line_head(at)) &&
        !begins_lookalike(window.substr(at, kMostHeadBytes)))
        return std::nullopt;
    OwnLines own = own_lines(window.substr(line_begin_, kLookAheadBytes), speaker_);
    if (!own.of_several) return std::nullopt;
    return own;
}

// Goes on behind what was found in the lines of one process, which end at `end` of them.
void FailureScanner::take(const OwnLines& own, size_t end) {
    for (size_t i = 0; i < own.runs.size() && own.runs[i].first < end; ++i) {
        const size_t run_end = i + 1 < own.runs.size() ? own.runs[i + 1].first : own.text.size();
        const uint64_t begin = base_ + line_begin_ + own.runs[i].second;
        taken_.emplace_back(begin, begin + std::min(end, run_end) - own.runs[i].first);
    }
    std::ranges::sort(taken_);
}

// Whether a message begins there, known or not. It is passed then.
bool FailureScanner::look_at(size_t at, bool at_end) {
    if (at == line_begin_ || speaker_line_ != lines_) {
        speaker_ = speaker_of(std::string_view(window_).substr(line_begin_, kMostMessageBytes));
        speaker_line_ = lines_;
    }
    const std::optional<OwnLines> own = own_lines_at(at);
    const size_t in_text = own ? at - line_begin_ : at;
    const std::string_view text = std::string_view(own ? own->text : window_).substr(in_text);
    const std::string_view rest = text.substr(0, kMostMessageBytes);
    const std::string_view head = line_head(at);
    std::optional<FoundMessage> message = read(rest, at_end && rest.size() == text.size(), head);
    if (!message) return false;
    const size_t line_end = rest.find('\n');
    const bool wraps = line_end != std::string_view::npos && message->end > line_end;
    // Of processes that print to one log and name themselves nowhere, the next line may be another's.
    if (wraps && speaker_.empty() &&
        ((cut_line_ != 0 && lines_ == cut_line_ + 1) || contradicts(message->message.figures)))
        message = read(rest.substr(0, line_end), true, head);
    if (!message) return false;
    const size_t end = std::max<size_t>(message->end, 1);
    const bool cut = !message->message.complete && line_end != std::string_view::npos && end + 1 >= line_end;
    // What follows one that was cut off at the end of its line may be of another process.
    found(std::move(message->message), at, cut ? std::string_view() : text.substr(std::min(end, text.size())));
    if (cut) cut_line_ = lines_;
    if (own) {
        take(*own, in_text + end);
        pass_to(std::min(at + end, at + std::min(line_end, rest.size())));
    } else {
        pass_to(at + end);
    }
    message_end_ = base_ + next_;
    return true;
}

std::string_view FailureScanner::line_head(size_t at) const {
    const size_t begin = std::max(line_begin_, at - std::min(at, kMostHeadBytes));
    return std::string_view(window_).substr(begin, at - begin);
}

// The speaker, also of a line that goes on from one that was as long, as a terminal wraps them.
const std::string& FailureScanner::teller() const {
    constexpr size_t kNarrowest = 40;
    const size_t bytes = std::min(window_.find('\n', line_begin_), window_.size()) - line_begin_;
    return speaker_.empty() && bytes >= kNarrowest && bytes == above_bytes_ ? above_ : speaker_;
}

void FailureScanner::found(FailureMessage message, size_t at, std::string_view rest) {
    const bool is_whole_message = message.complete && !message.open_end;
    const bool ends_surely = message.figures.kind == FailureKind::kUnknown && !message.open_end;
    const std::string_view head = line_head(at);
    const std::string test = test_in(head);
    const bool follows_another = message_line_ == lines_;  // on this line
    message_line_ = lines_;
    std::optional<LoggerTime> time;
    // A longer head is of no logger's line, unless it is of a text whose breaks are spelled out.
    const size_t spelled = head.rfind("\\n");
    std::string_view own = spelled == std::string_view::npos ? head : head.substr(spelled + 2);
    // Nor what stands before another message: processes may put two lines of the logger on one.
    if (follows_another && base_ + at - own.size() < message_end_)
        own = own.substr(own.size() - (base_ + at - message_end_));
    if (own.size() < kMostHeadBytes) time = logger_time(own);
    if (!time && own.size() < kMostHeadBytes) time = logger_time_above(subject_.previous(speaker_), own);
    if (!time && head.size() < kMostHeadBytes && spelled != std::string_view::npos) time = logger_time_of_throw(head);
    if (!time) time = subject_.throw_time(speaker_, head);
    if (!time) time = subject_.traceback_time(speaker_);
    FoundFailure* failure = tally_.add(std::move(message), base_ + at, lines_, time,
                                       is_of_failed_test(head) ? test : std::string(), teller());
    if (failure != nullptr) {
        if (failure->operation.empty() && (is_whole_message || !speaker_.empty()) && !subject_.in_trace(speaker_) &&
            (!ends_surely || goes_on_with_trace(rest))) {
            if (std::optional<AskingOperation> operation = asking_operation(rest)) {
                failure->operation = std::move(operation->name);
                failure->of_output = operation->of_output;
            }
        }
        const bool is_whole = test.ends_with("::" + failure->test);  // what a heading says without its file
        if (failure->test.empty() || is_whole) failure->test = test.empty() ? subject_.test(speaker_) : test;
        if (failure->model.empty()) failure->model = subject_.model();
        if (failure->count == 1) failure->progress = subject_.progress(speaker_);
    }
}

// Goes on to `at`, which never lies before next_. Lines are looked at once each, when they are passed.
void FailureScanner::pass_to(size_t at) {
    at = std::min(at, window_.size());
    for (;;) {
        const size_t end = std::string_view(window_).substr(0, at).find('\n', next_);
        if (end == std::string_view::npos) break;
        const std::string_view line = std::string_view(window_).substr(line_begin_, end - line_begin_);
        const std::string speaker = speaker_of(line);
        several_speak_ = several_speak_ || !speaker.empty();
        subject_.line(line, lines_ == message_line_, speaker);
        if (!speaker.empty() || line.size() != above_bytes_) above_ = speaker;
        above_bytes_ = line.size();
        ++lines_;
        next_ = line_begin_ = end + 1;
    }
    next_ = at;
}

Result<FailureScan> scan_failures(const ByteReader& read, std::string_view name) {
    FailureScanner scanner;
    std::string buffer(kReadBytes, '\0');
    uint64_t bytes_read = 0;
    for (;;) {
        const Result<size_t> got = read(buffer.data(), buffer.size());
        if (!got) {
            return Error{
                std::string(name) + " cannot be read at byte " + std::to_string(bytes_read) + ": " + got.error().what,
                got.error().why, got.error().next};
        }
        if (*got == 0) break;
        bytes_read += *got;
        scanner.feed(std::string_view(buffer).substr(0, *got));
    }
    return scanner.finish();
}

}  // namespace ttmem
