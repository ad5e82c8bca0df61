// The live set over time: what a recording says was in use after each of its events. Every analysis of a recording is
// an observer of a replay.
//
// When a killed process ended may not be known, only that it lived at its last event: what it held is in use until the
// last event of all then, for no sum may be less than the truth.
//
// One pass over the events; memory is bounded by what is live at the same time, never by the events. Where history has
// a gap, only what is known to have lived on stays: a sum over the blocks is then a lower bound.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "src/model/event.h"

namespace ttmem {

// An allocation while it lives. There may be a million.
struct LiveBlock {
    static constexpr uint64_t kNever = UINT64_MAX;

    uint64_t handle = 0;
    uint64_t address = 0, requested_bytes = 0, bytes_per_bank = 0;
    uint64_t holder = 0;  // handle of its program or trace; 0 none
    uint64_t born = 0;    // number of its event; 0: it lived when the recording began, or came in a gap
    WallTime since = 0;   // 0 unknown
    uint32_t process = 0, place = 0, op = 0, tag = 0, thread = 0, iteration = 0, stack = 0;
    uint16_t banks = 0, data_banks = 0;
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    bool is_live = false;  // false: this place in the list is free
    // Numbers of the events since which it is so; kNever while it is not.
    uint64_t persistent = kNever;
    uint64_t iteration_over = kNever;  // the iteration that made it has ended
    uint64_t holder_ended = kNever;    // its program or trace is gone

    uint64_t reserved_bytes() const { return saturating_multiply(bytes_per_bank, banks); }

    // After event `event`: its iteration, or its program or trace, and that was not meant. Whether it leaked by that
    // only the end tells: analysis/recording/leaked_blocks.h.
    bool outlived(uint64_t event = kNever - 1) const {
        const bool may_stay = persistent <= event || allocation_class == AllocationClass::kProgram ||
                              allocation_class == AllocationClass::kTrace;
        return holder_ended <= event || (iteration_over <= event && !may_stay);
    }
};

enum class Departure : uint8_t {
    kFreed,
    kClosed,        // its place was
    kProcessEnded,  // without a free or a close
    kLost,          // in a gap: when and how is not known
};

// Chips on which the same was in use at any time: those that the same places cover. Places of a process that was
// followed from its begin without a gap count only when something was allocated or ran there.
struct EqualChips {
    std::vector<ChipId> chips;
};

class Replay;

class ReplayObserver {
public:
    virtual ~ReplayObserver() = default;
    virtual void begins(const Replay&) {}                                        // nothing has happened yet
    virtual void began(const Replay&) {}                                         // what lived before has arrived
    virtual void arrived(const Replay&, const LiveBlock&) {}                     // is live from now on
    virtual void left(const Replay&, const LiveBlock&, Departure) {}             // is not live any more
    virtual void changed(const Replay&, const LiveBlock&, bool /*outlived*/) {}  // its marks; whether it had outlived
    virtual void applied(const Replay&, const Event&) {}  // all of the above that it means is said
    virtual void ended(const Replay&) {}
    virtual void lost(const Replay&, uint32_t /*process*/) {}  // its history has a gap here
    // Some of the chips of `whole` are `part` from now on, which is new, the last. In the first run only.
    virtual void split(const Replay&, uint32_t /*whole*/, uint32_t /*part*/) {}
};

// Two observers of one replay.
class BothObservers final : public ReplayObserver {
public:
    BothObservers(ReplayObserver& first, ReplayObserver& second) : first_(first), second_(second) {}
    void begins(const Replay& r) override { first_.begins(r), second_.begins(r); }
    void began(const Replay& r) override { first_.began(r), second_.began(r); }
    void arrived(const Replay& r, const LiveBlock& b) override { first_.arrived(r, b), second_.arrived(r, b); }
    void left(const Replay& r, const LiveBlock& b, Departure d) override {
        first_.left(r, b, d), second_.left(r, b, d);
    }
    void changed(const Replay& r, const LiveBlock& b, bool l) override {
        first_.changed(r, b, l), second_.changed(r, b, l);
    }
    void applied(const Replay& r, const Event& e) override { first_.applied(r, e), second_.applied(r, e); }
    void ended(const Replay& r) override { first_.ended(r), second_.ended(r); }
    void lost(const Replay& r, uint32_t p) override { first_.lost(r, p), second_.lost(r, p); }
    void split(const Replay& r, uint32_t w, uint32_t p) override { first_.split(r, w, p), second_.split(r, w, p); }

private:
    ReplayObserver& first_;
    ReplayObserver& second_;
};

class Replay {
public:
    // `recording` has to live as long as this.
    explicit Replay(const Recording& recording);
    ~Replay();
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    // Reads all events. May be called again: it begins anew.
    void run(ReplayObserver& observer);

    const Recording& recording() const { return recording_; }
    const std::vector<EqualChips>& chips() const { return chips_; }
    std::span<const uint32_t> chips_of(uint32_t place) const { return chips_of_place_[place]; }  // into chips()
    bool closes(uint32_t place, uint32_t other) const;  // whether a close of the place is one of the other, too

    // While it runs.
    std::span<const LiveBlock> blocks() const { return blocks_; }  // those with is_live
    uint64_t event() const { return event_; }                      // number of the event, from 1; 0 before the first
    WallTime now() const { return now_; }                          // the last time that was told; 0 none
    // Frees, and marks, of what is not known to live, at places that are open and in processes without a gap: something
    // is missing from the record.
    uint64_t contradictions() const { return contradictions_; }
    // After a run: adds what is wrong with the record to a coverage.
    void note_damage(Coverage& coverage) const;
    bool has_gap(uint32_t process) const { return disturbed_[process]; }  // one that began before now
    bool has_gap_ever(uint32_t process) const;

private:
    struct Index;
    struct Gap {
        WallTime from, to;
        uint32_t process;
        bool sampled;
    };

    void reset();
    void use(uint32_t place, ReplayObserver& observer);
    bool is_seen_from_begin(uint32_t process) const;
    void group_by_counts();
    void apply(const Event& event, ReplayObserver& observer);
    void arrive(const LiveBlock& block, ReplayObserver& observer);
    void leave(uint32_t position, Departure departure, ReplayObserver& observer);
    void mark_persistent(const Event& event, ReplayObserver& observer);
    void iteration_over(uint32_t process, uint32_t iteration, ReplayObserver& observer);
    void holder_ended(uint32_t process, uint64_t holder, ReplayObserver& observer);
    void close(uint32_t place, ReplayObserver& observer);
    void end_process(uint32_t process, ReplayObserver& observer);
    void end_held_on(ReplayObserver& observer);
    void contradict(const Event& event);
    void pass_gaps(const Event& event, ReplayObserver& observer);
    void lose(const Gap& gap, ReplayObserver& observer);
    template <class Condition>
    void leave_all(const Condition& condition, Departure departure, ReplayObserver& observer);

    const Recording& recording_;
    std::vector<EqualChips> chips_;
    std::vector<std::vector<uint32_t>> chips_of_place_;
    std::vector<Gap> gaps_;  // in the order of their begins

    std::vector<LiveBlock> blocks_;
    std::unique_ptr<Index> index_;
    std::vector<uint64_t> live_at_place_, live_of_process_;
    std::vector<bool> used_, closed_;  // by place
    std::vector<bool> disturbed_;      // by process
    std::vector<uint32_t> held_on_;    // processes that ended, nobody knows when
    size_t next_gap_ = 0;
    uint64_t event_ = 0, contradictions_ = 0;
    bool failed_ = false;  // the source ended early
    WallTime now_ = 0;
};

// What is missing from any answer out of this recording: its coverage, and a note for each reason of gaps. All answers
// about the same recording say it in these words.
Coverage coverage_of(const Recording& recording);

// Gaps between its begin and its end. A gap that ended when the recording began says only that there was a time before.
bool has_inner_gaps(const Recording& recording);

}  // namespace ttmem
