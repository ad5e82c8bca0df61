// What the first iterations of a session left and the later ones did not: what a cache that was filled looks like.
//
// A session is from one open of a device to its close: what its program cache keeps is made anew in each.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "src/analysis/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

class Once {
public:
    // `left` is all that processes left, see leaks_of().
    Once(const Snapshot& snapshot, const Selection& left);

    // Whether all that the owner of this left in its session was made in the warm-up (analysis/growth_rule.h) or the
    // first third of its iterations, and at least three ended later. Sessions are told apart by what was left in them.
    bool operator()(const Allocation& allocation) const;

private:
    using Session = std::pair<uint32_t, uint32_t>;                               // process, place
    using Key = std::tuple<Session, uint32_t, uint32_t, Pool, AllocationClass>;  // op, tag
    static Session session_of(const Allocation& a) { return {a.process.value, a.place.value}; }
    static Key key_of(const Allocation& a) { return {session_of(a), a.op, a.tag, a.pool, a.allocation_class}; }
    struct Iterations {
        uint32_t first = UINT32_MAX, last = 0;
    };

    void find_ends();

    const Snapshot& snapshot_;
    std::map<Session, Iterations> left_in_;  // iterations that left something
    std::map<Session, Iterations> lasts_;    // from where to where it went, as far as that is known
    std::map<Key, uint32_t> latest_;         // in which the owner left something; UINT32_MAX: also outside of any
};

}  // namespace ttmem
