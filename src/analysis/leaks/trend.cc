#include "src/analysis/leaks/trend.h"

#include <algorithm>

namespace ttmem {
namespace {

constexpr uint64_t kRises = 3;    // are growth, if it goes on
constexpr uint64_t kFewest = 2;   // turns tell anything
constexpr uint64_t kMany = 8;     // turns tell what came once
constexpr uint64_t kFills = 3;    // turns, the first ones, in which what is replaced later is filled
constexpr uint64_t kQuiet = 3;    // turns tell that it has stopped
constexpr int64_t kFalls = 2;     // from as high are how a program works
constexpr size_t kMostRuns = 64;  // are enough to tell

}  // namespace

void Trend::begin(uint64_t turn) {
    if (changed_in_ == 0) {
        run_.began = run_.rose_at = turn - 1;
    } else if (changed_in_ < turn) {
        look(changed_in_);
    }
    changed_in_ = turn;
}

void Trend::made(uint64_t turn, uint64_t blocks) {
    begin(turn);
    live_ += blocks;
}

void Trend::freed(uint64_t turn, uint64_t made_in) {
    begin(turn);
    live_ -= std::min<uint64_t>(live_, 1);
    freed_now_ = true;
    newest_freed_ = std::max(newest_freed_, made_in);
    run_.gone += made_in <= run_.rose_at;
}

void Trend::forget() {
    for (uint64_t* count : {&live_, &at_end_, &run_.most}) *count -= std::min<uint64_t>(*count, 1);
}

// When it ended.
void Trend::look(uint64_t turn) {
    if (live_ < at_end_) {
        if (before_.size() < kMostRuns) before_.push_back(run_);
        run_ = {.began = turn, .rose_at = turn, .most = live_, .least = live_};
    } else {
        run_.replaced |= freed_now_;
        if (live_ > run_.most) rise(turn);
    }
    freed_now_ = false;
    at_end_ = live_;
}

void Trend::rise(uint64_t turn) {
    ++run_.rises, run_.rose_at = turn, run_.gone = 0;
    if (run_.least == 0 && before_.empty()) run_.least = live_;
    run_.rose_by = live_ - run_.most, run_.most = live_;
    if (std::ranges::any_of(before_, [&](const Run& run) { return run.most >= live_; })) return;
    surpassed_in_ += !run_.surpassed, surpassed_at_ = turn;
    run_.surpassed = true;
}

Trend Trend::as_of(uint64_t turns) const {
    Trend then = *this;
    if (changed_in_ != 0 && changed_in_ <= turns) then.look(changed_in_);
    then.changed_in_ = UINT64_MAX;
    return then;
}

Trend::State Trend::after(uint64_t turns) const {
    const Trend then = as_of(turns);
    const Run& run = then.run_;
    const uint64_t quiet = turns - std::min(turns, run.rose_at), rose_for = run.rose_at - run.began;
    const auto as_high = std::ranges::count_if(
        then.before_, [&](const Run& other) { return other.most >= run.most && other.rises >= run.rises; });
    const bool rises_late = turns < 2 * then.surpassed_at_;
    const bool has_stopped = run.replaced && quiet >= kQuiet && quiet >= rose_for;
    // What has stopped and stays is no window: newer ones beside it are replaced.
    if (has_stopped && as_high == 0 && run.rises > kMany && run.gone * 2 < run.most) return State::kGrewBeside;
    if ((as_high >= kFalls && !rises_late) || has_stopped) return State::kBounded;
    if (run.rises >= kRises && quiet < rose_for && as_high == 0 && (quiet == 0 || !run.replaced)) return State::kGrows;
    if (rises_late && (then.surpassed_in_ >= kRises || (run.surpassed && quiet == 0))) return State::kGrows;
    const bool is_told = turns >= kMany && then.surpassed_at_ > kFills && as_high == 0;
    if (then.newest_freed_ == 0 || (is_told && !run.replaced)) return State::kGrows;
    return is_told ? State::kGrewBeside : State::kUnknown;
}

// As a list beside a batch that is dropped now and then.
bool Trend::falls_less_each_time(uint64_t turns) const {
    if (before_.empty() || (before_.size() == 1 && turns >= kMany)) return false;
    uint64_t least = 0;
    for (const Run& run : before_) {
        if (run.least <= least) return false;
        least = run.least;
    }
    return run_.least > least;
}

bool Trend::may_grow(uint64_t turns) const {
    const Trend then = as_of(turns);
    const Run& run = then.run_;
    const State state = then.after(turns);
    if (state == State::kBounded || turns < kFewest) return false;
    const uint64_t quiet = turns - std::min(turns, run.rose_at);
    const bool goes_on = quiet < run.rose_at - run.began;
    const bool rises_again = state == State::kGrows && then.surpassed_in_ >= kRises;
    return rises_again || then.falls_less_each_time(turns) || (goes_on && (run.rises >= 2 || run.rose_by >= kRises));
}

}  // namespace ttmem
