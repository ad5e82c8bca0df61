#include "src/analysis/recording/shared_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/base/saturating.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr WallTime kStep = 5'000'000;
constexpr int64_t kSteps = kClockStep / kStep;  // within so many order is not certain

uint64_t less(uint64_t a, uint64_t b) { return a - std::min(a, b); }

}  // namespace

void SharedUse::had(uint32_t process, uint64_t bytes) {
    if (LeftOut* aside = left_out(process, step_)) {
        aside->now = saturating_add(aside->now, bytes);
        return;
    }
    Own& own = own_[process];
    own.before = own.now = saturating_add(own.now, bytes);
    own_most_ = std::max(own_most_, own.now);
    high_ = saturating_add(high_, bytes);
}

// What comes too late may have been at any time.
SharedUse::LeftOut* SharedUse::left_out(uint32_t process, int64_t step) {
    const auto known = left_out_.find(process);
    if (known != left_out_.end()) return &known->second;
    if (step >= step_) return nullptr;
    LeftOut late{0, 0, true};
    if (const auto own = own_.find(process); own != own_.end()) {
        late.now = own->second.now;
        change(process, step_, 0);
    }
    late.peak = own_most_;
    return &left_out_.emplace(process, late).first->second;
}

void SharedUse::take(uint32_t process, int64_t step, uint64_t bytes) {
    LeftOut* aside = left_out(process, step);
    if (aside == nullptr) return change(process, step, saturating_add(own_[process].now, bytes));
    aside->now = saturating_add(aside->now, bytes);
    aside->peak = std::max(aside->peak, aside->now);
    if (aside->is_late) own_most_ = std::max(own_most_, aside->now);
}

void SharedUse::give(uint32_t process, int64_t step, uint64_t bytes) {
    LeftOut* aside = left_out(process, step);
    if (aside == nullptr) return change(process, step, less(own_[process].now, bytes));
    aside->now = less(aside->now, bytes);
}

void SharedUse::change(uint32_t process, int64_t step, uint64_t now) {
    go_to(step);
    for (Asked& asked : asked_) asked.stands &= step > asked.step + kSteps;
    Own& own = own_[process];
    if (own.spans.empty() || own.spans.back().step != step) own.spans.push_back({step, own.now, own.now, own.now});
    Span& span = own.spans.back();
    span.least = std::min(span.least, now), span.most = std::max(span.most, now), span.last = now;
    own.now = now;
    own_most_ = std::max(own_most_, now);
    if (undecided_.empty() || undecided_.back() != step) undecided_.push_back(step);
}

void SharedUse::go_to(int64_t step) {
    if (step <= step_) return;
    step_ = step;
    while (!undecided_.empty() && undecided_.front() < step - kSteps - 1) {
        decide(undecided_.front());
        undecided_.pop_front();
    }
    std::erase_if(asked_, [&](const Asked& asked) {
        const bool is_decided = asked.step < step - kSteps;
        if (is_decided) decide(asked);
        return is_decided;
    });
    forget();
}

// What no step that is to be decided needs.
void SharedUse::forget() {
    int64_t first = undecided_.empty() ? step_ : std::min(step_, undecided_.front());
    for (const Asked& asked : asked_) first = std::min(first, asked.step);
    for (auto entry = own_.begin(); entry != own_.end();) {
        Own& own = entry->second;
        for (; !own.spans.empty() && own.spans.front().step < first - kSteps; own.spans.pop_front())
            own.before = own.spans.front().last;
        entry = own.spans.empty() && own.now == 0 ? own_.erase(entry) : std::next(entry);
    }
}

// What it may have had at some time of these steps.
Interval SharedUse::range(const Own& own, int64_t from, int64_t to) {
    uint64_t entering = own.before;
    std::optional<Interval> found;
    for (const Span& span : own.spans) {
        if (span.step > to) break;
        if (span.step < from) {
            entering = span.last;
            continue;
        }
        if (!found) found = Interval{entering, entering};
        found = Interval{std::min(found->low, span.least), std::max(found->high, span.most)};
    }
    return found.value_or(Interval{entering, entering});
}

bool SharedUse::lived(uint32_t process, int64_t step) const {
    return process >= lives_until_->size() || (*lives_until_)[process] >= step;
}

uint64_t SharedUse::least(uint32_t process, const Own& own, int64_t from, int64_t to) const {
    return lived(process, to) ? range(own, from, to).low : 0;
}

Interval SharedUse::sums(int64_t from, int64_t to) const {
    Interval sum{0, 0};
    for (const auto& [process, own] : own_) {
        sum.low = saturating_add(sum.low, least(process, own, from, to));
        sum.high = saturating_add(sum.high, range(own, from, to).high);
    }
    return sum;
}

// What changed in a step did so in it, or up to kSteps later.
void SharedUse::decide(int64_t step) {
    high_ = std::max(high_, sums(step - kSteps, step).high);
    low_ = std::max(low_, sums(step + 1, step + 1 + kSteps).low);
    const int64_t from = step - kSteps, to = step + kSteps;
    const Interval around = sums(from, to);
    for (const auto& [process, own] : own_) {
        const auto span = std::ranges::find(own.spans, step, &Span::step);
        if (span == own.spans.end()) continue;
        const uint64_t others = less(around.low, least(process, own, from, to));
        low_ = std::max(low_, saturating_add(lived(process, step) ? span->most : 0, others));
        most_in_doubt_ = std::max(most_in_doubt_, less(less(around.high, range(own, from, to).high), others));
    }
}

void SharedUse::ask(uint64_t key, uint32_t process, int64_t step) {
    std::erase_if(asked_, [key](const Asked& asked) { return asked.key == key; });
    answers_.erase(key);
    go_to(step);
    Asked asked{key, step_, process, 0, 0, 0, true};
    for (const auto& [other, own] : own_) asked.sum = saturating_add(asked.sum, own.now);
    for (const auto& [other, aside] : left_out_) asked.aside = saturating_add(asked.aside, aside.now);
    if (const auto own = own_.find(process); own != own_.end()) asked.own = own->second.now;
    asked_.push_back(asked);
}

// It was there at its time, or kSteps later where it still stood then.
void SharedUse::decide(const Asked& asked) {
    const int64_t from = asked.stands ? asked.step + kSteps : asked.step - kSteps, to = asked.step + kSteps;
    Interval sum = sums(from, to);
    const auto own = own_.find(asked.process);
    if (!asked.stands && own != own_.end()) {
        sum.low = saturating_add(asked.own, less(sum.low, least(asked.process, own->second, from, to)));
        sum.high = saturating_add(asked.own, less(sum.high, range(own->second, from, to).high));
    }
    answers_[asked.key] = {saturating_add(sum.low, asked.aside), saturating_add(sum.high, asked.aside)};
}

void SharedUse::finish() {
    go_to(kForever);
    low_ = std::max(low_, own_most_);
    uint64_t late = 0;
    bool is_disordered = false;
    for (const auto& [process, aside] : left_out_) {
        is_disordered |= aside.is_late;
        if (aside.is_late) late = saturating_add(late, aside.peak);
    }
    if (!is_disordered) return;
    low_ = own_most_, high_ = saturating_add(high_, late);
    most_in_doubt_ = high_;
    for (auto& [key, sum] : answers_) sum = {0, high_};
}

std::optional<Interval> SharedUse::answer(uint64_t key) const {
    const auto known = answers_.find(key);
    return known == answers_.end() || known->second.exact() ? std::nullopt : std::optional(known->second);
}

namespace {

bool share_a_chip(const Recording& recording) {
    std::map<ChipId, uint32_t> owners;
    for (const Place& place : recording.end.places) {
        for (const ChipId chip : place.chips) {
            if (owners.try_emplace(chip, place.process.value).first->second != place.process.value) return true;
        }
    }
    return false;
}

int64_t step_of(WallTime at) { return at / kStep; }

// A live one forever; others until their last own event at least.
std::vector<int64_t> last_lives(const Recording& recording) {
    std::vector<int64_t> until(recording.end.processes.size(), SharedUse::kForever);
    for (uint32_t p = 0; p < until.size(); ++p) {
        const Process& process = recording.end.processes[p];
        if (process.state != ProcessState::kLive) until[p] = step_of(process.last_sign_at);
    }
    if (!recording.source) return until;
    recording.source->rewind();
    for (std::vector<Event> block; recording.source->next(block);) {
        for (const Event& event : block) {
            if (event.kind != EventKind::kProcessEnded && event.process < until.size())
                until[event.process] = std::max(until[event.process], step_of(event.at));
        }
    }
    return until;
}

}  // namespace

void SharedUses::begins(const Replay& replay) {
    is_watched_ = share_a_chip(replay.recording());
    if (!is_watched_) return;
    lives_until_ = last_lives(replay.recording());
    SharedUse use(lives_until_);
    for (uint32_t p = 0; p < lives_until_.size(); ++p) {
        if (replay.has_gap_ever(p)) use.leave_out(p);
    }
    cells_.assign(replay.chips().size(), std::vector<SharedUse>(kPoolCount, use));
}

void SharedUses::arrived(const Replay& replay, const LiveBlock& block) {
    if (!is_watched_) return;
    for (const uint32_t chips : replay.chips_of(block.place)) {
        SharedUse& use = cells_[chips][static_cast<size_t>(block.pool)];
        if (replay.event() == 0) {
            use.had(block.process, block.reserved_bytes());
        } else {
            use.take(block.process, step_of(replay.now()), block.reserved_bytes());
        }
    }
}

void SharedUses::left(const Replay& replay, const LiveBlock& block, Departure) {
    if (!is_watched_) return;
    for (const uint32_t chips : replay.chips_of(block.place)) {
        SharedUse& use = cells_[chips][static_cast<size_t>(block.pool)];
        use.give(block.process, step_of(replay.now()), block.reserved_bytes());
    }
}

void SharedUses::ended(const Replay&) {
    for (std::vector<SharedUse>& pools : cells_) {
        for (SharedUse& use : pools) use.finish();
    }
}

void SharedUses::ask(const Replay& replay, uint64_t key, size_t chips, Pool pool, uint32_t process) {
    if (!is_watched_ || replay.event() == 0) return;
    cells_[chips][static_cast<size_t>(pool)].ask(key, process, step_of(replay.now()));
}

void SharedUses::ask(const Replay& replay, uint64_t key, uint32_t process) {
    for (size_t chips = 0; chips < cells_.size(); ++chips) {
        for (const Pool pool : kAllPools) ask(replay, key, chips, pool, process);
    }
}

void SharedUses::note(const Replay& replay, uint64_t key, Coverage& coverage) const {
    for (size_t chips = 0; chips < replay.chips().size(); ++chips) {
        for (const Pool pool : kAllPools) {
            const auto bytes = is_watched_ ? use(chips, pool)->answer(key) : std::nullopt;
            if (bytes) coverage.note(order_sentence(pool, *bytes));
        }
    }
}

const SharedUse* SharedUses::use(size_t chips, Pool pool) const {
    return is_watched_ ? &cells_[chips][static_cast<size_t>(pool)] : nullptr;
}

namespace {

std::string why_not_certain() {
    return fmt::format("which process or thread came first is known to {} only", human_duration(kClockStep));
}

}  // namespace

std::string order_sentence(Pool pool, Interval bytes) {
    const std::string to = bytes.exact()              ? ""
                           : bytes.high == UINT64_MAX ? " and more"
                                                      : " to " + human_bytes(bytes.high);
    return fmt::format("of {} {}{} may have been in use: {}", pool_name(pool), human_bytes(bytes.low), to,
                       why_not_certain());
}

void note_order(const Recording& recording, Coverage& coverage) {
    if (!share_a_chip(recording)) return;
    Replay replay(recording);
    SharedUses uses;
    replay.run(uses);
    uint64_t most = 0;
    for (size_t chips = 0; chips < replay.chips().size(); ++chips) {
        for (const Pool pool : kAllPools) most = std::max(most, uses.use(chips, pool)->most_in_doubt());
    }
    if (most == 0) return;
    coverage.note(fmt::format("sums over processes may be off by up to {}: {}", human_bytes(most), why_not_certain()));
}

}  // namespace ttmem
