#include "src/importers/failure_message/failure_tally.h"

#include <algorithm>
#include <utility>

namespace ttmem {
namespace {

constexpr size_t kLeastLetters = 20;  // that tell a sentence from another one

// Of words that nobody knows, the letters: breaks and blanks are where a carrier put them.
std::string letters_of(const FailureMessage& message) {
    std::string letters;
    for (const char c : message.text) {
        if (c != ' ') letters += c;
    }
    return letters;
}

bool is_unknown(const FailureMessage& message) { return message.figures.kind == FailureKind::kUnknown; }

std::string key_of(const FailureMessage& message) {
    const std::string& text = is_unknown(message) ? letters_of(message) : message.text;
    return std::to_string(static_cast<unsigned>(message.figures.kind)) + " " + text;
}

bool may_go_on(const FailureMessage& message) { return !message.complete || message.figures.last_may_be_cut; }

// Whether one was cut off where the other goes on.
bool continues(const FailureMessage& a, const FailureMessage& b) {
    if (a.figures.kind != b.figures.kind) return false;
    if (is_unknown(a)) {
        if (!a.open_end && !b.open_end) return false;
        std::string shorter = letters_of(a), longer = letters_of(b);
        if (shorter.size() > longer.size()) std::swap(shorter, longer);
        return shorter.size() >= kLeastLetters && longer.starts_with(shorter);
    }
    return (may_go_on(a) && b.text.starts_with(a.text)) || (may_go_on(b) && a.text.starts_with(b.text));
}

}  // namespace

size_t FailureTally::find(const FailureMessage& message) const {
    if (const auto found = by_words_.find(key_of(message)); found != by_words_.end()) return found->second;
    const size_t all = scan_.failures.size();
    for (size_t back = 1; back <= std::min(all, kMostCompared); ++back) {
        if (continues(scan_.failures[all - back].message, message)) return all - back;
    }
    return all;
}

void FailureTally::count(size_t index, const std::optional<LoggerTime>& time) {
    if (!time) return;
    FoundFailure& failure = scan_.failures[index];
    Seen& seen = seen_[index];
    if (time->of_throw) {
        if (seen.throws.size() >= kMostTimes) {
            ++failure.times;
        } else if (!seen.throws.insert(time->text).second) {
            return;
        } else {
            failure.times = seen.throws.size();
            if (failure.times == 1) failure.first_time = time->text;  // whatever other loggers said before
        }
    } else {
        const uint64_t apart = std::max(time->seconds, seen.echo_seconds) - std::min(time->seconds, seen.echo_seconds);
        const bool is_new = seen.throws.empty() && (seen.echoes == 0 || apart > kEchoSeconds);
        seen.echo_seconds = time->seconds;
        if (!is_new) return;
        failure.times = ++seen.echoes;
        if (seen.echoes == 1) failure.first_time = time->text;
    }
    failure.last_time = time->text;
}

void FailureTally::count_failed(size_t index, const std::string& failed) {
    Seen& seen = seen_[index];
    if (failed.empty() || seen.failed.size() >= kMostTimes || !seen.failed.insert(failed).second) return;
    FoundFailure& failure = scan_.failures[index];
    failure.failed = seen.failed.size();
    if (seen.throws.empty() && seen.echoes == 0) failure.times = failure.failed;
}

FoundFailure* FailureTally::add(FailureMessage message, uint64_t offset, uint64_t line,
                                const std::optional<LoggerTime>& time, const std::string& failed) {
    const size_t index = find(message);
    if (index < scan_.failures.size()) {
        FoundFailure& earlier = scan_.failures[index];
        ++earlier.count;
        const bool whole = earlier.message.open_end && !message.open_end;
        const bool longer = message.text.size() > earlier.message.text.size();
        if (is_unknown(message) ? whole : longer) {
            by_words_.emplace(key_of(message), index);
            earlier.message = std::move(message);
        } else if (message.text == earlier.message.text && !message.figures.last_may_be_cut) {
            earlier.message.figures.last_may_be_cut = false;  // here its last number is whole
        }
    } else if (scan_.failures.size() >= kMostFailures) {
        ++scan_.more;
        return nullptr;
    } else {
        by_words_.emplace(key_of(message), index);
        FoundFailure failure;
        failure.message = std::move(message);
        failure.offset = offset, failure.line = line;
        scan_.failures.push_back(std::move(failure));
        seen_.emplace_back();
    }
    count(index, time);
    count_failed(index, failed);
    return &scan_.failures[index];
}

FailureScan FailureTally::take() { return std::move(scan_); }

}  // namespace ttmem
