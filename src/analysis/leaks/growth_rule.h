// When something that is looked at at the ends of iterations grows: the rule behind analysis/leaks/growth.h.
//
// Three ways are looked at. Over the whole time, from the end of the warm-up to the last iteration. In stretches that
// ended when most was freed: one or two of them are a list that somebody cleared in the end, three and more are bounded
// use, as of micro batches; so is what goes up and down all the time, as the requests of a server do. And by sessions,
// from one close of a device to the next: what grows in each iteration of several sessions leaks, however few they have
// and although each begins with nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/leaks/growth.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

// What a block counts for; nothing where the filter's chip and min_bytes leave it out.
std::optional<Sum> sum_in(const Replay& replay, const LiveBlock& block, const Filter& filter);

// Owned by a program or trace, or marked so.
bool may_stay(const LiveBlock& block);

constexpr uint64_t kMostWarmUp = 3;
constexpr uint64_t kFewIterations = 7;     // at most so many tell nothing of what happens now and then
uint64_t warm_up_of(uint64_t iterations);  // so many of the first iterations fill caches

// Something that is looked at whenever an iteration ends. Not told of iterations in which nothing of it changed.
class Watched {
public:
    void add(const Sum& sum) { live_ += sum; }
    void remove(const Sum& sum);

    void end_step(uint64_t number);       // an iteration of any depth has ended: the `number`th
    void end_iteration(uint64_t number);  // an outermost one
    void keep_warm_up(uint64_t number) { at_ends_[number] = at_end_; }  // of the first kMostWarmUp outermost ones
    void end_session(uint64_t steps);  // a device was closed after so many iterations of any depth

    // `steps` since the last close.
    Grown grown(uint64_t iterations, uint64_t steps) const;

private:
    // The iterations of any depth in which the number of something grew and never shrank: from when to now.
    struct Stretch {
        uint64_t began = 0;  // after this iteration; 0 not yet
        uint64_t grew_in = 0;
        Sum first;
    };
    // Since the last close.
    struct Session {
        uint64_t steps = 0;  // in which something of it changed
        uint64_t grew_in = 0;
        Sum first, last;
    };
    // Sessions of at least three iterations.
    struct Sessions {
        uint64_t grew = 0;  // those in which it grew from each iteration to the next
        uint64_t did_not = 0;
        uint64_t iterations = 0;  // after the first, of those that grew
        Sum first, last;          // of those that grew, added up
    };

    // In how many iterations something was more, or less, than at the end of the one before.
    struct Changes {
        uint64_t more = 0, less = 0;
        std::array<bool, kMostWarmUp + 1> was_more{}, was_less{};  // of the first ones

        void end(uint64_t number, bool is_more, bool is_less);
        Changes without(uint64_t warm_up) const;
    };

    void end_stretch(uint64_t number);
    bool is_bounded() const;
    static void judge(const Session& session, uint64_t steps, Sessions& sessions);

    Sum live_;
    Sum at_end_;                                  // of the iteration before
    std::array<Sum, kMostWarmUp + 1> at_ends_{};  // of iteration 1, 2, 3
    Changes in_number_, in_bytes_;
    Sum at_step_;                  // when an iteration of any depth ended
    Stretch stretch_;              // that goes on
    Grown freed_;                  // the longest one that most of was freed after; until_freed 0: none
    std::vector<uint64_t> teeth_;  // allocations at the top of what was freed so, of short ones too; the first ones
    uint64_t falls_ = 0;  // iterations of any depth, after the warm-up, that ended with fewer than the one before
    Session session_;
    Sessions sessions_;
};

}  // namespace ttmem
