// What the history of one process tells of whether something that was left repeats: what growth_of() finds, for those
// who judge what is left (analysis/leaks/once.h).
//
// Names instead of numbers, for who asks may have another snapshot of the same process.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/snapshot/attribution.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct Repetition {
    using Grower = std::tuple<std::string, std::string, Pool, AllocationClass>;  // op, tag
    using Tables = std::map<uint64_t, bool>;  // by handle: whether it is one; false: too few calls tell

    Tables tables;  // of compiled programs, that live (analysis/leaks/compiles.h)
    // Of what iterations left and nobody freed, by handle (analysis/leaks/trend.h): what is no growth, as others were
    // replaced by it; and what may be none, as it came once, or in too few iterations to tell.
    std::set<uint64_t> bounded, maybe_bounded;
    std::set<uint64_t> made_again;  // handles: kept, of what was made again and again before the first iteration
    // What grows from iteration to iteration, certain or probable, or in too few iterations to tell.
    std::set<Grower> grow;
    std::set<std::pair<Pool, AllocationClass>> grow_together;  // of several owners, none of which grows alone
    // Of each iteration, by its number: how many of its name and thread began later.
    std::vector<uint32_t> later_ones;
    bool has_gap = false;  // not all of the history was there

    // Of a process without iterations (analysis/leaks/kept_to_end.h): what it kept to its end.
    enum class Kept : uint8_t {
        kUnknown,
        kOnce,   // nothing of it was made again and again
        kAgain,  // some of it was
    };
    Kept kept = Kept::kUnknown;
    std::map<Grower, Sum> freed_at_last;  // what was made again and again, and freed when nearly all work was done
    std::set<uint64_t> like_before;       // handles: of the last iteration, as those before it made and did not keep
    uint32_t first_step = 0;              // earlier iterations set up (analysis/leaks/work.h); 0: none did
    std::vector<std::string> steady;      // operations that a step may begin with; a few

    // Whether it came with a program that was compiled; nothing: it did not.
    std::optional<bool> table(uint64_t handle) const {
        const auto found = tables.find(handle);
        return found == tables.end() ? std::nullopt : std::optional(found->second);
    }
    bool does_grow(const Grower& owner) const {
        return grow.contains(owner) || grow_together.contains({std::get<2>(owner), std::get<3>(owner)});
    }
    uint32_t later_than(uint32_t iteration) const { return iteration < later_ones.size() ? later_ones[iteration] : 0; }
};

using Repetitions = std::map<LedgerId, Repetition>;  // by process, as far as there is history

}  // namespace ttmem
