#include "src/analysis/leaks/growth_rule.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

constexpr uint64_t kLeastOfStretch = 5;  // iterations in which it grew
constexpr uint64_t kLeastOfTooth = 2;    // likewise, of those that only tell that it is bounded
constexpr size_t kMostTeeth = 64;        // are enough to tell
constexpr uint64_t kBoundedTeeth = 3;    // so many stretches, each freed again, are how the program works
constexpr uint64_t kMostFalls = 3;       // more of them are, too
constexpr uint64_t kLeastOfSession = 3;  // iterations
constexpr uint64_t kLeastSessions = 2;

}  // namespace

std::optional<Sum> sum_in(const Replay& replay, const LiveBlock& block, const Filter& filter) {
    const Snapshot& tables = replay.recording().end;
    const Place& place = tables.places[block.place];
    if (block.reserved_bytes() < filter.min_bytes) return std::nullopt;
    if (filter.chip && !is_on(tables, place, *filter.chip)) return std::nullopt;
    const uint64_t chips = filter.chip ? 1 : place.chips.size();
    return Sum{1, saturating_multiply(block.requested_bytes, chips),
               saturating_multiply(block.reserved_bytes(), chips)};
}

bool may_stay(const LiveBlock& block) {
    return block.holder != 0 || block.persistent != LiveBlock::kNever ||
           block.allocation_class == AllocationClass::kProgram || block.allocation_class == AllocationClass::kTrace;
}

uint64_t warm_up_of(uint64_t iterations) {
    if (iterations < 5) return std::min<uint64_t>(iterations, 1);
    return iterations < 10 ? 2 : kMostWarmUp;
}

void Watched::remove(const Sum& sum) {
    live_.allocations -= std::min(live_.allocations, sum.allocations);
    live_.requested_bytes -= std::min(live_.requested_bytes, sum.requested_bytes);
    live_.reserved_bytes -= std::min(live_.reserved_bytes, sum.reserved_bytes);
}

void Watched::end_step(uint64_t number) {
    if (++session_.steps == 1) {
        session_.first = live_;
    } else {
        session_.grew_in += live_.allocations > at_step_.allocations;
    }
    session_.last = live_;
    if (stretch_.began == 0) stretch_.began = std::max<uint64_t>(number - 1, 1);
    if (number <= kMostWarmUp) {
        stretch_ = {number, 0, live_};
    } else if (live_.allocations > at_step_.allocations) {
        ++stretch_.grew_in;
    } else if (live_.allocations < at_step_.allocations) {
        ++falls_;
        end_stretch(number);
    }
    at_step_ = live_;
}

void Watched::end_stretch(uint64_t number) {
    const uint64_t iterations = number - 1 - stretch_.began;
    const uint64_t more = at_step_.allocations - std::min(at_step_.allocations, stretch_.first.allocations);
    const bool mostly_freed = live_.allocations <= stretch_.first.allocations + more / 2;
    if (stretch_.grew_in >= kLeastOfTooth && mostly_freed && teeth_.size() < kMostTeeth)
        teeth_.push_back(at_step_.allocations);
    if (stretch_.grew_in >= kLeastOfStretch && stretch_.grew_in * 2 >= iterations && mostly_freed &&
        stretch_.grew_in > freed_.grew_in)
        freed_ = {stretch_.first, at_step_, stretch_.grew_in, 0, Certainty::kProbable, iterations};
    stretch_ = {number, 0, live_};
}

void Watched::Changes::end(uint64_t number, bool is_more, bool is_less) {
    more += is_more, less += is_less;
    if (number <= kMostWarmUp) was_more[number] = is_more, was_less[number] = is_less;
}

Watched::Changes Watched::Changes::without(uint64_t warm_up) const {
    Changes rest = *this;
    for (uint64_t i = 1; i <= warm_up; ++i) rest.more -= was_more[i], rest.less -= was_less[i];
    return rest;
}

void Watched::end_iteration(uint64_t number) {
    in_number_.end(number, live_.allocations > at_end_.allocations, live_.allocations < at_end_.allocations);
    in_bytes_.end(number, live_.reserved_bytes > at_end_.reserved_bytes, live_.reserved_bytes < at_end_.reserved_bytes);
    at_end_ = live_;
}

void Watched::end_session(uint64_t steps) {
    judge(session_, steps, sessions_);
    session_ = {};
}

void Watched::judge(const Session& session, uint64_t steps, Sessions& sessions) {
    if (steps < kLeastOfSession) return;
    if (session.steps != steps || session.grew_in + 1 != steps) {
        ++sessions.did_not;
        return;
    }
    ++sessions.grew;
    sessions.iterations += session.grew_in;
    sessions.first += session.first, sessions.last += session.last;
}

Grown Watched::grown(uint64_t iterations, uint64_t steps) const {
    const uint64_t warm_up = warm_up_of(iterations);
    const Sum& first = at_ends_[warm_up];
    // Where there are more of them, it is their number that has to grow: larger ones may have come in place of others.
    const bool is_number = at_end_.allocations > first.allocations || at_end_.reserved_bytes == first.reserved_bytes;
    const Changes changes = (is_number ? in_number_ : in_bytes_).without(warm_up);
    Grown grown{first, at_end_, changes.more, changes.less, Certainty::kPossible};
    const uint64_t counted = iterations - warm_up;
    if (counted >= 3 && grown.grew_in == counted) {
        grown.certainty = Certainty::kCertain;
    } else if (counted >= 3 && grown.grew_in * 2 > counted && grown.shrank_in == 0) {
        grown.certainty = Certainty::kProbable;
    }
    if (grown.certainty != Certainty::kPossible) return grown;
    Sessions sessions = sessions_;
    judge(session_, steps, sessions);
    if (sessions.grew >= kLeastSessions && sessions.grew > sessions.did_not)
        return {sessions.first, sessions.last, sessions.iterations, 0, Certainty::kProbable, sessions.iterations};
    return freed_.until_freed != 0 && !is_bounded() ? freed_ : grown;
}

// Three times about as much as the most was freed again, and not each time more than ever before; or it goes up and
// down.
bool Watched::is_bounded() const {
    uint64_t teeth = 0, highest = 0;
    bool rises = true;
    for (const uint64_t top : teeth_) {
        if (top * 2 < freed_.last.allocations) continue;
        rises = rises && top > highest;
        highest = std::max(highest, top);
        ++teeth;
    }
    return (teeth >= kBoundedTeeth && !rises) || falls_ > std::max<uint64_t>(kMostFalls, teeth);
}

}  // namespace ttmem
