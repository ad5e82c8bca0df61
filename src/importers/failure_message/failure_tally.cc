#include "src/importers/failure_message/failure_tally.h"

#include <algorithm>
#include <iterator>
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

// What names a process but for its numbers; "" where that is nothing, as of lines that are merely counted ("12: ").
std::string name_of(const std::string& speaker) {
    std::string name;
    for (const char c : speaker) {
        if (c < '0' || c > '9') name += c;
    }
    const bool says_something =
        name.find_first_of(',') != std::string::npos ||  // "[1,0]", of MPI
        std::ranges::any_of(name, [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
    return says_something ? name : "";
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

// A time without its year or day is of the one nearest to the time before it: past midnight it is not the first.
void FailureTally::Seen::hear(Said& process, const LoggerTime& time) {
    int64_t at = time.moment;
    if (time.period > 0 && (has_throws || has_echoes)) {
        const int64_t ahead = latest - at + time.period / 2;
        at += (ahead / time.period - (ahead % time.period < 0)) * time.period;
    }
    latest = at;
    if (time.of_throw) {
        hear_throw(process, {at, time.text});
    } else if (!has_throws) {
        hear_echo(process, {at, time.text});
    }
    (time.of_throw ? has_throws : has_echoes) = true;
}

void FailureTally::Seen::hear_throw(Said& process, Moment moment) {
    if (times >= kMostTimes) {
        ++process.throws_left_out;
    } else {
        times += process.throws.insert(moment.text).second;
    }
    if (!has_throws || moment.at < first_throw.at) first_throw = moment;
    if (!has_throws || moment.at > last_throw.at) last_throw = std::move(moment);
}

void FailureTally::Seen::hear_echo(Said& process, Moment moment) {
    constexpr int64_t kApart = int64_t{kEchoSeconds} * 1000000;
    std::map<int64_t, Echo>& echoes = process.echoes;
    auto next = echoes.upper_bound(moment.at);
    Echo own{moment.at, std::move(moment.text)};
    const bool goes_on = next != echoes.begin() && moment.at <= std::prev(next)->second.until + kApart;
    if (next != echoes.end() && next->first <= moment.at + kApart) {
        own.until = next->second.until;
        next = echoes.erase(next);
        --times;
    }
    if (goes_on) {
        int64_t& until = std::prev(next)->second.until;
        until = std::max(until, own.until);
        return;
    }
    auto place = echoes.emplace_hint(next, moment.at, std::move(own));
    if (++times <= kMostTimes || echoes.size() < 3) return;
    // The first and the last are kept.
    if (place == echoes.begin()) ++place;
    if (std::next(place) == echoes.end()) --place;
    echoes.erase(place);
    ++process.echoes_left_out;
    --times;
}

// Of those that name themselves alike each by itself, of others what one of them says.
uint64_t FailureTally::Seen::failures() const {
    uint64_t most = has_ranks ? numbered.size() : 1;
    for (const auto& [name, processes] : said) {
        uint64_t sum = 0;
        for (const auto& [process, own] : processes) {
            const uint64_t told =
                has_throws ? own.throws.size() + own.throws_left_out : own.echoes.size() + own.echoes_left_out;
            sum += std::max<uint64_t>(told, 1);
        }
        most = std::max(most, sum);
    }
    return most;
}

void FailureTally::Seen::tell(FoundFailure& failure) const {
    failure.failed = failed.size();
    failure.times = failures();
    if (!has_throws && !has_echoes) failure.times = std::max(failure.failed, failure.times);
    Moment first = first_throw, last = last_throw;
    bool any = has_throws;
    for (const auto& [name, processes] : said) {
        for (const auto& [process, own] : processes) {
            if (has_throws || own.echoes.empty()) continue;
            const auto& [begin, earliest] = *own.echoes.begin();
            const auto& [latest_begin, newest] = *own.echoes.rbegin();
            if (!any || begin < first.at) first = {begin, earliest.text};
            if (!any || latest_begin > last.at) last = {latest_begin, newest.text};
            any = true;
        }
    }
    failure.first_time = std::move(first.text), failure.last_time = std::move(last.text);
}

void FailureTally::count(size_t index, const std::optional<LoggerTime>& time, const std::string& speaker) {
    Seen& seen = seen_[index];
    const std::string name = name_of(speaker);
    auto& processes = seen.said[name];
    const bool is_known = processes.contains(speaker) || seen.times < kMostTimes;
    const auto [said, first] = processes.try_emplace(name.empty() || !is_known ? "" : speaker);
    seen.times += first;
    if (name.empty() && !speaker.empty() && (seen.numbered.contains(speaker) || seen.numbered.size() < kMostCompared))
        seen.has_ranks |= ++seen.numbered[speaker] > 1;
    if (time) seen.hear(said->second, *time);
}

void FailureTally::count_failed(size_t index, const std::string& failed) {
    Seen& seen = seen_[index];
    if (!failed.empty() && seen.failed.size() < kMostTimes) seen.failed.insert(failed);
}

FoundFailure* FailureTally::add(FailureMessage message, uint64_t offset, uint64_t line,
                                const std::optional<LoggerTime>& time, const std::string& failed,
                                const std::string& speaker) {
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
    count(index, time, speaker);
    count_failed(index, failed);
    return &scan_.failures[index];
}

FailureScan FailureTally::take() {
    for (size_t i = 0; i < seen_.size(); ++i) seen_[i].tell(scan_.failures[i]);
    return std::move(scan_);
}

}  // namespace ttmem
