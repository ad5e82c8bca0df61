#include "src/importers/failure_message/failure_scanner.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ttmem {
namespace {

constexpr size_t kReadBytes = size_t{1} << 18;

// Whether two printings are of one failure: the same words, as far as both go.
bool same_failure(const FailureMessage& a, const FailureMessage& b) {
    if (a.figures.kind != b.figures.kind) return false;
    if (a.text == b.text) return true;
    return (!a.complete && b.text.starts_with(a.text)) || (!b.complete && a.text.starts_with(b.text));
}

// The next byte at or after `at` with which a message may begin; `end` when there is none.
size_t next_candidate(std::string_view bytes, size_t at) {
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (c != 'N' && c != 'S' && c != 'C') continue;
        if (at + 1 >= bytes.size() || may_begin_failure_message(c, bytes[at + 1])) return at;
    }
    return at;
}

}  // namespace

FailureScanner::FailureScanner(std::function<void(FoundFailure)> sink) : sink_(std::move(sink)) {}

void FailureScanner::feed(std::string_view bytes) {
    window_.append(bytes);
    scan(false);
}

void FailureScanner::finish() {
    scan(true);
    let_go(UINT64_MAX);
}

void FailureScanner::scan(bool at_end) {
    const std::string_view window(window_);
    for (;;) {
        next_ = next_candidate(window, next_);
        if (next_ >= window.size() || (!at_end && window.size() - next_ < kMostMessageBytes)) break;
        const std::string_view rest = window.substr(next_, kMostMessageBytes);
        const bool last = at_end && next_ + rest.size() == window.size();
        std::optional<FoundMessage> message = read_failure_message(rest, last);
        if (!message) {
            ++next_;
            continue;
        }
        const uint64_t offset = base_ + next_;
        count_lines_to(offset);
        found(std::move(message->message), offset);
        next_ += std::max<size_t>(message->end, 1);
    }
    count_lines_to(base_ + next_);
    base_ += next_;
    window_.erase(0, next_);
    next_ = 0;
    let_go(base_ > kSameFailureBytes ? base_ - kSameFailureBytes : 0);
}

void FailureScanner::found(FailureMessage message, uint64_t offset) {
    for (FoundFailure& earlier : waiting_) {
        if (offset - earlier.last_offset > kSameFailureBytes || !same_failure(earlier.message, message)) continue;
        ++earlier.count;
        earlier.last_offset = offset;
        if (message.text.size() > earlier.message.text.size()) earlier.message = std::move(message);
        return;
    }
    if (waiting_.size() >= kMostWaiting) {
        sink_(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    waiting_.push_back({std::move(message), offset, lines_, 1, offset});
}

// Lines are counted once, on the way; `offset` never goes back.
void FailureScanner::count_lines_to(uint64_t offset) {
    const std::string_view passed = std::string_view(window_).substr(static_cast<size_t>(lines_at_ - base_),
                                                                     static_cast<size_t>(offset - lines_at_));
    lines_ += static_cast<uint64_t>(std::ranges::count(passed, '\n'));
    lines_at_ = offset;
}

// Hands out the failures at the front whose last printing lies before `before`.
void FailureScanner::let_go(uint64_t before) {
    while (!waiting_.empty() && waiting_.front().last_offset < before) {
        sink_(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

Result<FailureScan> scan_failures(const ByteReader& read, std::string_view name) {
    FailureScan scan;
    FailureScanner scanner([&](FoundFailure failure) {
        if (scan.failures.size() < kMostFailures) {
            scan.failures.push_back(std::move(failure));
        } else {
            ++scan.more;
        }
    });
    std::string buffer(kReadBytes, '\0');
    for (;;) {
        const Result<size_t> got = read(buffer.data(), buffer.size());
        if (!got) {
            return Error{std::string(name) + " cannot be read at byte " + std::to_string(scan.bytes_read) + ": " +
                             got.error().what,
                         got.error().why, got.error().next};
        }
        if (*got == 0) break;
        scan.bytes_read += *got;
        scanner.feed(std::string_view(buffer).substr(0, *got));
    }
    scanner.finish();
    return scan;
}

}  // namespace ttmem
