#include "src/importers/failure_message/failure_scanner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "src/importers/failure_message/backtrace.h"
#include "src/importers/failure_message/lookalike.h"

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
constexpr size_t kMostTypography = 6;  // bytes

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

}  // namespace

void FailureScanner::feed(std::string_view bytes) {
    const size_t old = window_.empty() ? 0 : window_.size() - std::min(window_.size() - next_, kMostTypography - 1);
    window_.append(bytes);
    bytes_ += bytes.size();
    for (const auto& [typography, plain] : kTypography) {
        for (size_t at = window_.find(typography, old); at != std::string::npos; at = window_.find(typography, at))
            window_.replace(at, plain.size(), plain);
    }
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
        if (!look_at(next_, at_end)) pass_to(next_ + 1);
    }
    const size_t keep = std::max(line_begin_, next_ - std::min(next_, kMostHeadBytes));
    base_ += keep;
    window_.erase(0, keep);
    next_ -= keep;
    line_begin_ -= std::min(line_begin_, keep);
}

// Whether a message begins there, known or not. It is passed then.
bool FailureScanner::look_at(size_t at, bool at_end) {
    const std::string_view window(window_);
    const std::string_view rest = window.substr(at, kMostMessageBytes);
    const bool last = at_end && at + rest.size() == window.size();
    if (std::optional<FoundMessage> message = read_failure_message(rest, last, line_head(at))) {
        found(std::move(message->message), at, at + std::max<size_t>(message->end, 1));
        return true;
    }
    std::optional<Lookalike> lookalike = read_lookalike(rest, last, line_head(at));
    if (!lookalike) return false;
    FailureMessage message;
    message.figures.kind = FailureKind::kUnknown;
    message.text = std::move(lookalike->text);
    found(std::move(message), at, at + std::max<size_t>(lookalike->end, 1));
    return true;
}

std::string_view FailureScanner::line_head(size_t at) const {
    const size_t begin = std::max(line_begin_, at - std::min(at, kMostHeadBytes));
    return std::string_view(window_).substr(begin, at - begin);
}

void FailureScanner::found(FailureMessage message, size_t at, size_t end) {
    const std::string_view head = line_head(at);
    const std::string test = test_in(head);
    message_line_ = lines_;
    std::optional<LoggerTime> time;
    // A longer head is of no logger's line, unless it is of a text whose breaks are spelled out.
    const size_t spelled = head.rfind("\\n");
    const std::string_view own = spelled == std::string_view::npos ? head : head.substr(spelled + 2);
    if (own.size() < kMostHeadBytes) time = logger_time(own);
    if (!time && own.size() < kMostHeadBytes) time = logger_time_above(subject_.previous(), own);
    if (!time) time = subject_.traceback_time();
    FoundFailure* failure =
        tally_.add(std::move(message), base_ + at, lines_, time, is_of_failed_test(head) ? test : std::string());
    if (failure != nullptr) {
        if (failure->operation.empty()) {
            if (std::optional<AskingOperation> operation =
                    asking_operation(std::string_view(window_).substr(end), head)) {
                failure->operation = std::move(operation->name);
                failure->of_output = operation->of_output;
            }
        }
        const bool is_whole = test.ends_with("::" + failure->test);  // what a heading says without its file
        if (failure->test.empty() || is_whole) failure->test = test.empty() ? subject_.test() : test;
        if (failure->model.empty()) failure->model = subject_.model();
        if (failure->count == 1) failure->progress = subject_.progress();
    }
    pass_to(end);
}

// Goes on to `at`, which never lies before next_. Lines are looked at once each, when they are passed.
void FailureScanner::pass_to(size_t at) {
    at = std::min(at, window_.size());
    for (;;) {
        const size_t end = std::string_view(window_).substr(0, at).find('\n', next_);
        if (end == std::string_view::npos) break;
        subject_.line(std::string_view(window_).substr(line_begin_, end - line_begin_), lines_ == message_line_);
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
