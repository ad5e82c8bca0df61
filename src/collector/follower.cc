#include "src/collector/follower.h"

#include <algorithm>
#include <utility>

#include "src/base/text.h"
#include "src/collector/combine.h"
#include "src/collector/coverage_rules.h"
#include "src/collector/incarnations.h"
#include "src/collector/sources.h"

namespace ttmem {
namespace {

constexpr WallTime kApart = 1'000;                 // of two events, at least, where not many come at once
constexpr WallTime kHeldBack = 50'000'000;         // times of events may be a tick of the kernel old, and a thread slow
constexpr WallTime kBetweenSettles = 500'000'000;  // of a process without history: a look at its slots costs time

// One ledger's history in memory.
class Remembered : public EventSource {
public:
    explicit Remembered(std::vector<Event> events) : events_(std::move(events)) {}
    void rewind() override { next_ = 0; }
    bool next(std::vector<Event>& block) override {
        const size_t count = std::min<size_t>(events_.size() - next_, 65536);
        block.assign(events_.begin() + static_cast<ptrdiff_t>(next_),
                     events_.begin() + static_cast<ptrdiff_t>(next_ + count));
        next_ += count;
        return count != 0;
    }

private:
    std::vector<Event> events_;
    size_t next_ = 0;
};

}  // namespace

Follower::Follower(const System& system, Interest interest, FollowOptions options)
    : system_(system),
      interest_(interest),
      options_(options),
      discovery_(
          system, interest.pid || interest.run ? DiscoveryLimits::none() : DiscoveryLimits{},
          [interest](const ledger::StaticHeader& header) { return fits(interest, header); },
          [this](const FoundLedger& found) { return done_.contains(found.id()); }),
      reader_(system) {}

bool Follower::any_live() const {
    const auto& ledgers = discovery_.ledgers();
    return std::any_of(ledgers.begin(), ledgers.end(), [](const auto& found) { return found->file->writer_lives(); });
}

// At the first look: what had ended before it is asked for only where the interest says so.
bool Follower::is_asked(const FoundLedger& found) const {
    return interest_.dead || interest_.ended.contains(found.id()) || found.file->writer_lives();
}

// False: it cannot be read.
bool Follower::look_at(const FoundLedger& found, bool all_slots, Batch& batch) {
    const auto at = followed_.find(found.id());
    const bool first = at == followed_.end();
    bool lives = found.file->writer_lives();
    ledger::ReadOptions options;
    options.slots = first || !lives || all_slots;
    ledger::ReadOutcome outcome = reader_.read(found, options, lives);
    if (outcome.ok() && !lives && !options.slots) {  // it ended just now
        options.slots = true;
        outcome = reader_.read(found, options, lives);
    }
    if (outcome.status == ledger::ReadStatus::kNothingYet) return true;
    if (!outcome.ok()) {
        refused_.push_back({found.path, found.file->facts().uid, outcome.reason,
                            outcome.status == ledger::ReadStatus::kNewer, found.file->facts().modified_at});
        return false;
    }
    const WallTime now = system_.now();
    const ledger::TickConverter times = reader_.times(lives);
    if (first) {
        Process process;
        process.ledger = found.id();
        process.pid = found.header.pid;
        const ProcessIndex index = tables_.process(process);
        Followed& followed = followed_[found.id()];
        followed = {std::make_unique<ProcessHistory>(index, tables_, options_.every), index, now};
        const bool past = options_.past || !lives || has_looked_;  // it came between two looks: all that it did is new
        followed.history->begin(found.file->bytes(), reader_.image(), times, past, now, batch.live_before);
        bring_up_to_date(found, followed, lives);
    } else {
        Followed& followed = at->second;
        const bool whole = followed.history->follow(found.file->bytes(), reader_.image(), times, now);
        if (options.slots) {
            followed.history->settle(found.file->bytes(), reader_.image(), times, now);
            followed.settled_at = now;
            bring_up_to_date(found, followed, lives);
        } else if (!whole && now - followed.settled_at >= (options_.every != 0 ? options_.every : kBetweenSettles)) {
            return look_at(found, true, batch);
        }
    }
    if (lives) return true;
    Followed& followed = followed_[found.id()];
    // It ended some while after its last sign. What looked before knows by when; what it held counts until then.
    Process& process = tables_.snapshot().processes[followed.process.value];
    if (!first || has_looked_) process.seen_dead_at = now;
    const WallTime last_sign = process.last_sign_at;
    followed.history->end(process.seen_dead_at == 0 && last_sign != 0 ? last_sign : now);
    done_.insert(found.id());
    return true;
}

// Requires: reader_ has just read it, with its slots.
void Follower::bring_up_to_date(const FoundLedger& found, Followed& followed, bool lives) {
    Snapshot alone;
    Joiner joiner(alone);
    reader_.join(found, lives, alone, joiner, true);
    std::vector<Allocation>& allocations = allocations_[followed.process.value];
    allocations.clear();
    tables_.update(followed.process, alone, allocations);
    tables_.snapshot().processes[followed.process.value].failures = followed.history->failures();
    if (const uint64_t unread = followed.history->unread_plans(); unread != 0) {
        Coverage of_history;
        of_history.note(counted(unread, "plan") + " of circular buffers could not be read: in no figure");
        merge_process(of_history, found.header.pid, alone.coverage);
    }
    alone.coverage.events_lost = 0;  // of what its rings have overwritten its gaps tell what was not read before
    coverage_[followed.process.value] = alone.coverage;
}

// Of a pid that several processes had when somebody looked first; whoever has it after that came while it was followed.
void Follower::leave_out_earlier_incarnations() {
    std::vector<const FoundLedger*> asked;
    for (const auto& found : discovery_.ledgers()) {
        done_.insert(found->id());
        if (is_asked(*found)) asked.push_back(found.get());
    }
    for (const FoundLedger* found : incarnations_of(std::move(asked), interest_, system_, chosen_))
        done_.erase(found->id());
}

void Follower::look(bool all_slots, Batch& batch) {
    discovery_.refresh();
    refused_.clear();
    if (!has_looked_) leave_out_earlier_incarnations();
    for (const auto& found : discovery_.ledgers()) {
        if (!done_.contains(found->id())) look_at(*found, all_slots, batch);
    }
    for (const RefusedLedger& ledger : refused_) discovery_.refuse(ledger);
    has_looked_ = true;
}

void Follower::take(WallTime until, Batch& batch) {
    for (auto& [id, followed] : followed_) {
        followed.history->take(done_.contains(id) && until == kEver ? kEver : until, batch.events);
        for (HistoryGap& gap : followed.history->take_gaps()) {
            gap.from -= gap.from % kApart;
            gap.to -= gap.to % kApart;  // one that ends with an event has its time
            followed.lost += gap.events;
            batch.gaps.push_back(std::move(gap));
        }
    }
    if (followed_.size() > 1) {
        std::stable_sort(batch.events.begin(), batch.events.end(),
                         [](const Event& a, const Event& b) { return a.at < b.at; });
    }
    tell_apart(batch.events);
}

// No two events at one time, so that a time names what was so after one: clocks stand still for milliseconds. They are
// kApart apart, which takes few digits, or less where many come at once. Of a process that was found late
// earlier times are told.
void Follower::tell_apart(std::vector<Event>& events) {
    constexpr WallTime kPushed = 2'000'000;
    for (Event& event : events) {
        if (event.at == 0) continue;
        event.at -= event.at % kApart;
        const bool is_late = event.at < told_at_ - kHeldBack;
        if (event.at <= told_at_ && !is_late) event.at = told_at_ + (told_at_ - event.at < kPushed ? kApart : 1);
        told_at_ = event.at;
    }
}

Follower::Batch Follower::drain(bool standing) {
    Batch batch;
    const WallTime until = system_.now() - kHeldBack;
    look(standing, batch);
    take(until, batch);
    return batch;
}

Follower::Batch Follower::finish() {
    Batch batch;
    look(true, batch);
    take(kEver, batch);
    return batch;
}

Snapshot Follower::state() {
    Snapshot state = tables_.snapshot();
    state.generated_at = system_.now();
    state.coverage.merge(chosen_);
    for (const auto& [process, coverage] : coverage_) state.coverage.merge(coverage);
    for (const auto& [id, followed] : followed_) {
        state.processes[followed.process.value].coverage.events_lost = followed.lost;
        state.coverage.events_lost += followed.lost;
    }
    for (const auto& [process, allocations] : allocations_) {
        state.allocations.insert(state.allocations.end(), allocations.begin(), allocations.end());
    }
    note_sources(discovery_, interest_, system_.user(), state);
    state.chips = combine_chips(state, Which::kLive, state.coverage);
    return state;
}

namespace {

// 0 where one of them does not say when it started.
WallTime first_start(const Snapshot& snapshot) {
    WallTime first = 0;
    for (const Process& process : snapshot.processes) {
        if (!process.started_at) return 0;
        first = first == 0 ? *process.started_at : std::min(first, *process.started_at);
    }
    return first;
}

}  // namespace

Recording live_recording(const System& system, const Interest& interest) {
    Follower follower(system, interest, {.past = true});
    Follower::Batch batch = follower.finish();
    Recording recording;
    recording.end = follower.state();
    recording.live_before = std::move(batch.live_before);
    recording.events = batch.events.size();
    recording.gaps = std::move(batch.gaps);
    if (!batch.events.empty()) recording.began_at = batch.events.front().at;
    recording.ended_at = recording.end.generated_at;
    recording.zero_at = first_start(recording.end);
    // Of those that do not keep history a gap says so, which begins with them.
    const bool goes_back_to_start =
        std::ranges::all_of(recording.gaps, [](const HistoryGap& gap) { return gap.sampled; });
    if (goes_back_to_start && recording.zero_at != 0) recording.began_at = recording.zero_at;
    recording.source = std::make_shared<Remembered>(std::move(batch.events));
    return recording;
}

}  // namespace ttmem
