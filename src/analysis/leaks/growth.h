// Leaks by history and repetition: what stays behind in iteration after iteration.
//
// A single look at the end cannot tell a cache that was filled once from a leak. Growth can: how much of each owner was
// live when each iteration ended. The first iterations, in which caches fill, are left out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "src/analysis/leaks/repetition.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/model/event.h"

namespace ttmem {

enum class Certainty : uint8_t {
    kCertain,   // it grew in every iteration after the warm-up, of at least three
    kProbable,  // in more than half of them, of more than seven in all, and it never shrank
    kPossible,  // in few, or there were too few iterations to tell
};
std::string_view certainty_name(Certainty certainty);  // "certain", "probable", "possible"

// How something stood at the end of the last iteration of the warm-up, and of the last one.
struct Grown {
    Sum first, last;       // bytes summed over chips, or on the one that was asked for
    uint64_t grew_in = 0;  // iterations after the warm-up
    uint64_t shrank_in = 0;
    Certainty certainty = Certainty::kPossible;
    // It grew for so many iterations, then most of it was freed, or its device was closed: what is above is of that
    // time, of several such times added up (analysis/leaks/growth_rule.h has the rule). 0: of the whole time.
    uint64_t until_freed = 0;

    Sum growth() const;  // last less first, 0 where it shrank
    bool is_growth() const {
        return last.reserved_bytes > first.reserved_bytes || last.allocations > first.allocations;
    }
};

// What one owner has live in one pool: neither a program's or trace's, nor marked persistent.
struct OwnerGrowth {
    uint32_t process = 0, op = 0, tag = 0;
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    Grown grown;
    bool several = false;  // all owners of that pool and class together, of which none grew alone; no op, no tag
    // Of so many iterations of one kind, three more of which have ended, `grown.grew_in` left something that lived on;
    // `grown.last` is the most of that at one time. 0: `grown` is of all that was live, see analysis/leaks/survivors.h.
    uint64_t outlived = 0;
    uint32_t iterations_called = 0;    // into texts: the name of that kind; 0 none
    bool iterations_numbered = false;  // that is the first one's, and others differ from it in their numbers
    // Possible, and not to be called clean: in `grown.grew_in` iterations it ended with more than in any before, which
    // more of them would tell. Of `outlived` ones of that kind, until the last, and it was freed later
    // (analysis/leaks/trend.h); or, where that is 0, in more than half of at most seven, and it never shrank.
    bool too_few = false;
};

// "step N" of "step 0", where others of that kind are numbered otherwise.
std::string name_of_kind(std::string name, bool numbered);

// Memory of programs and traces is an owner's where its program or trace is gone; else it is a cache's.
inline bool outlived_its_holder(const OwnerGrowth& owner) {
    return owner.allocation_class == AllocationClass::kProgram || owner.allocation_class == AllocationClass::kTrace;
}

// What the cached programs of a process hold in one pool: their binaries, and what else belongs to them.
struct CacheGrowth {
    uint32_t process = 0;
    Pool pool = Pool::kDram;
    Grown grown;
};

struct ProcessGrowth {
    uint32_t process = 0;
    uint64_t iterations = 0;          // that ended; of nested ones the outermost
    uint64_t all_iterations = 0;      // the nested ones, too
    uint64_t warm_up = 0;             // so many of them
    uint64_t iterations_missing = 0;  // ended, nested ones too, and not in the history
    bool has_gap = false;             // its history has one: what grew is a lower bound
    struct Live {
        uint64_t first = 0, last = 0;  // after the warm-up, and at the end
        uint64_t grew_in = 0;          // iterations after the warm-up
    };
    Live programs, traces;

    // Each iteration after the warm-up captured more traces than it released.
    bool piles_up_traces() const { return iterations - warm_up >= 3 && traces.grew_in == iterations - warm_up; }
    // To tell anything: three after the warm-up.
    bool enough() const { return iterations - warm_up >= 3 || all_iterations >= iterations + 5; }
};

struct GrowthReport {
    std::vector<ProcessGrowth> processes;  // that had iterations
    std::vector<OwnerGrowth> owners;       // that grew: the most certain first, then the largest growth
    std::vector<CacheGrowth> caches;       // that hold something
    // That left nothing but tables of programs that they compiled (analysis/leaks/compiles.h), which go with these.
    // `last` is the most of it at one time, `grew_in` the iterations.
    std::vector<OwnerGrowth> pinned;
    std::map<uint32_t, Repetition> repetitions;  // by process
    Coverage coverage;
};

// Of what is on the chip that `filter` names, counted there, and has its min_bytes; nothing else of it is looked at.
GrowthReport growth_of(const Recording& recording, const Filter& filter = {});

}  // namespace ttmem
