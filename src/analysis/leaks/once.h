// What was left once, and not again by those that came later: what a cache that was filled looks like.
//
// A session is from one open of a device to its close: what its program cache keeps is made anew in each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "src/analysis/leaks/repetition.h"
#include "src/analysis/snapshot/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

enum class Repeats : uint8_t {
    kYes,
    kNo,      // it was left once
    kTooFew,  // it looks so, but there were too few iterations to tell
};

// Which of the snapshot's allocations leaked for certain, whatever its history is: those of an operation that left
// something in each iteration from the first on: in all of them, or in more than eight. Of what is replaced, or dropped
// now and then, the first is gone. Not told of iterations that an operation begins that only makes inputs, which may
// set up (analysis/leaks/work.h), and of operations that compiled a program in most of them, which may have tables.
std::vector<bool> left_by_each(const Snapshot& snapshot);

class Once {
public:
    // `left` is all that processes left, see leaks_of().
    Once(const Snapshot& snapshot, const Selection& left, const Repetitions& repetitions);

    // It was left once, if it came with a program that was compiled; or if all else that its operation left in its
    // session, under whatever tags, was made in the warm-up (analysis/leaks/growth_rule.h; without history: in the
    // first third of the iterations), at least three iterations of their kind came later, and it does not grow. Without
    // history sessions are told apart by what was left in them.
    Repeats operator()(const Allocation& allocation) const;

    // The allocation with this number leaked, unless it is of a fixed number: not every iteration left some, and it
    // came once, or too few iterations tell, or there is no whole history to tell (though its process records one).
    bool may_be_bounded(uint32_t number) const;

    // Of the session that made it: iterations that ended.
    uint64_t iterations_of(const Allocation& allocation) const;
    bool has_history(const Allocation& allocation) const { return history_of(allocation) != nullptr; }
    bool has_gap(const Allocation& allocation) const;  // in the history that could tell

    // Of what came with a compiled program that lives: whether it is a table of it; false: too few calls tell.
    std::optional<bool> table(const Allocation& allocation) const;

private:
    using Session = std::pair<uint32_t, uint32_t>;                     // process, place
    using Key = std::tuple<Session, uint32_t, Pool, AllocationClass>;  // op
    static Session session_of(const Allocation& a) { return {a.process.value, a.place.value}; }
    static Key key_of(const Allocation& a) { return {session_of(a), a.op, a.pool, a.allocation_class}; }
    struct Iterations {
        uint32_t first = UINT32_MAX, last = 0;
    };

    void find_ends();
    bool has_later_ones(const Allocation& allocation) const;
    bool does_grow(const Allocation& allocation) const;
    const Repetition* history_of(const Allocation& allocation) const;
    Repeats of_the_first(const Allocation& allocation) const;

    const Snapshot& snapshot_;
    const Repetitions& repetitions_;
    const std::vector<bool> left_by_each_;
    std::map<Session, Iterations> left_in_;  // iterations that left something
    std::map<Session, Iterations> lasts_;    // from where to where it went, as far as that is known
    std::map<Key, uint32_t>
        latest_;  // in which the operation left something but tables; UINT32_MAX: outside of any, too
};

}  // namespace ttmem
