// What several processes had of a pool on a chip together, as far as it is known.
//
// Each process's own order is taken as certain (of its threads PeakFinder minds the same). Between two processes it
// follows from their times, and a time may be older than what it is of: a sum over processes that stands for less than
// that may never have been. Such sums are intervals, which all views of the same moment take from here; so are peaks.
//
// Memory: what changed within twice kClockStep. Recordings of one process cost nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

// Events of two processes that are further apart are in the order of their times.
constexpr WallTime kClockStep = 50'000'000;

// One pool on equal chips. Processes report in the order of the replay.
class SharedUse {
public:
    static constexpr uint32_t kNobody = UINT32_MAX;
    static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

    // `lives_until`: by process, the last step in which it is known to have lived. Must outlive this.
    explicit SharedUse(const std::vector<int64_t>& lives_until) : lives_until_(&lives_until) {}

    void had(uint32_t process, uint64_t bytes);  // when the recording began
    void take(uint32_t process, int64_t step, uint64_t bytes);
    void give(uint32_t process, int64_t step, uint64_t bytes);
    // It is not known when it had what. It is in no bound, and in sums with what it is said to have.
    void leave_out(uint32_t process) { left_out_.try_emplace(process); }

    // The sum as it is after what `process` just did is wanted; in place of what was asked for under the same key.
    void ask(uint64_t key, uint32_t process, int64_t step);
    void finish();

    // After finish(). What was live together at some time: at least `low`, and never more than `high`.
    Interval largest() const { return {low_, high_}; }
    std::optional<Interval> answer(uint64_t key) const;        // absent: it was as the replay has it
    uint64_t most_in_doubt() const { return most_in_doubt_; }  // how far a sum of the replay may be off

private:
    struct Span {  // in a step, with what it had before
        int64_t step;
        uint64_t least, most, last;
    };
    struct Own {
        uint64_t before = 0, now = 0;  // the spans; after them
        std::deque<Span> spans;
    };
    struct LeftOut {
        uint64_t now = 0, peak = 0;
        bool is_late = false;  // it told something after what came later
    };
    struct Asked {
        uint64_t key;
        int64_t step;
        uint32_t process;
        uint64_t own, aside, sum;
        bool stands;  // nothing has changed since
    };

    LeftOut* left_out(uint32_t process, int64_t step);
    void change(uint32_t process, int64_t step, uint64_t now);
    void go_to(int64_t step);
    void decide(int64_t step);
    void decide(const Asked& asked);
    void forget();
    static Interval range(const Own& own, int64_t from, int64_t to);
    bool lived(uint32_t process, int64_t step) const;
    uint64_t least(uint32_t process, const Own& own, int64_t from, int64_t to) const;
    Interval sums(int64_t from, int64_t to) const;

    const std::vector<int64_t>* lives_until_;
    std::map<uint32_t, Own> own_;  // those that have or had something lately
    std::map<uint32_t, LeftOut> left_out_;
    std::deque<int64_t> undecided_;  // steps in which something changed
    std::vector<Asked> asked_;
    std::map<uint64_t, Interval> answers_;
    int64_t step_ = std::numeric_limits<int64_t>::min();
    uint64_t own_most_ = 0, low_ = 0, high_ = 0, most_in_doubt_ = 0;
};

// Those of all pools of a replay.
class SharedUses : public ReplayObserver {
public:
    SharedUses() = default;
    SharedUses(const SharedUses&) = delete;
    SharedUses& operator=(const SharedUses&) = delete;

    void begins(const Replay& replay) override;
    void split(const Replay&, uint32_t whole, uint32_t) override {
        if (is_watched_) cells_.push_back(cells_[whole]);
    }
    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure departure) override;
    void ended(const Replay& replay) override;

    void ask(const Replay& replay, uint64_t key, size_t chips, Pool pool, uint32_t process);
    void ask(const Replay& replay, uint64_t key, uint32_t process);  // of all pools
    // After the replay: says which sums that were asked for so are not certain.
    void note(const Replay& replay, uint64_t key, Coverage& coverage) const;
    // nullptr: no two processes have a chip in common, so that all is as the replay has it.
    const SharedUse* use(size_t chips, Pool pool) const;

private:
    bool is_watched_ = false;
    std::vector<int64_t> lives_until_;  // by process
    std::vector<std::vector<SharedUse>> cells_;
};

// What all views say of a sum of a pool that is not certain.
std::string order_sentence(Pool pool, Interval bytes);

// Of an answer with sums of many moments: how far they may be off. Replays a recording of several processes.
void note_order(const Recording& recording, Coverage& coverage);

}  // namespace ttmem
