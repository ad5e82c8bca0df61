// What processes leaked, and what those that ended held to their end.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/leaks/judgement.h"
#include "src/analysis/leaks/suppressions.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/programs.h"
#include "src/model/snapshot.h"

namespace ttmem {

// What one process left. Of a living one that is what it leaked; of an ended one also the blocks at places that it
// never closed, however it ended. A close does not make a leak good.
struct LeftBy {
    ProcessIndex process;
    Selection allocations;  // largest reserved bytes first
    std::vector<Share> owners;
    Sum sum;
    Sum once = {};                  // of it, what did not repeat: analysis/leaks/once.h
    Sum again = {};                 // of it, what leaked and may repeat
    std::vector<LeftBehind> plans;  // 0 bytes each
};

// Whether it leaked, or an ended process held it to its end.
bool is_left(const Snapshot& snapshot, const Allocation& allocation);

// What no one has live at the end, because its process is gone: "8 allocations were held when their process ended ...".
// Empty: nothing was held so.
std::string held_words(const Snapshot& snapshot);

// By the verdicts alone: the processes that left something, in the order of the snapshot; restricted to what `filter`
// lets through (its `standing` is not looked at). Sums are over the chips that it lets through.
std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter = {});

// What is left out of them.
struct LeaksLeftOut {
    Suppressed suppressed = {};  // what is known already
    Judgement too_few = {};      // what is known already if it does not repeat, or may be of a fixed number
};

// The same without what is known already, or what may not have leaked, which is added to `left_out`. `repetitions` is
// what history tells, see accumulated_in(); pass a snapshot that it has settled (analysis/leaks/judgement.h). Of a
// process whose history is not known, that leaked which it would call leaked however it went (analysis/leaks/once.h);
// of one that records none, at level `counts`, what outlived its iteration.
std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter, const Suppressions& known, LeaksLeftOut& left_out,
                             const Repetitions& repetitions = {}, BytesText bytes = human_bytes);

}  // namespace ttmem
