// Leaks that no look at what is left can show: memory that grew from iteration to iteration, as a list that is appended
// to in a loop, and was freed before anybody looked, as when the list went out of scope. Only history tells.
//
// What is left is told by analysis/leaks/leaks.h; an owner that left something is not repeated here.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/leaks/growth.h"
#include "src/analysis/leaks/leaks.h"

namespace ttmem {

struct Accumulated {
    ProcessIndex process;  // of the snapshot
    std::string op, tag;   // "" none
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    Grown grown;              // certain or probable, bytes summed over chips
    uint64_t iterations = 0;  // after the warm-up, or until it was freed
    bool several = false;     // owners, of which none grew alone
    bool outlived = false;    // OwnerGrowth::outlived is not 0, and `iterations` is that
    std::string iterations_called = {};
    bool iterations_numbered = false;  // as in OwnerGrowth
};

struct AccumulatedReport {
    std::vector<Accumulated> owners;  // the most certain first, then the largest growth
    // Processes that may have more of it, or that may have made something again and again and kept it to their end:
    // pids.
    std::vector<uint32_t> without_history;  // level counts
    std::vector<uint32_t> looked_at;        // now and then, by `ttmem record --every`
    std::vector<uint32_t> begun_before;     // the recording, whose history is whole
    std::vector<uint32_t> with_gap;         // some of their history was lost
    std::vector<uint32_t> unread;           // it is there, and could not be read
    Suppressed suppressed;                  // owners that are known already, with what they grew by
    std::vector<std::string> too_few;       // what may be growth, in too few iterations to tell: sentences
    Repetitions repetitions;                // for leaks_of()

    // Why there may be more: sentences. Empty: all was there and could be told.
    std::vector<std::string> not_judged() const;
};

// `recording` has the history of processes of `snapshot`, which stands at its end or later; what leaks_of() lists of it
// is left out. Restricted to what `filter` lets through (its `standing` is not looked at), without what is known
// already; on the chip that it names, or over all chips.
AccumulatedReport accumulated_in(const Recording& recording, const Snapshot& snapshot, const Filter& filter = {},
                                 const Suppressions& known_already = {});

// What history tells, by ledger.
Repetitions repetitions_of(const GrowthReport& growth, const Snapshot& tables);

// The same of several recordings.
void append(AccumulatedReport& report, AccumulatedReport more);

}  // namespace ttmem
