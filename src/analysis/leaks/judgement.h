// What no one can call leaked or not: the answer "nothing leaked" is not true of it, and says so.
//
// A close releases whatever is left and makes no leak of it. So memory that was there until a close, or that lives, is
// judged by an iteration alone: that which made it has ended, and it is a leak; or it was made before its process's
// first one (it was set up then, and is meant to stay), or in one that is the last of several (its like was judged in
// those before). Without that it is not judged. Three kinds need no iteration: memory of a program or trace, which is
// judged by the end of its holder; what is marked persistent; and what an ended process held, which is told anyway.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/snapshot/attribution.h"
#include "src/model/snapshot.h"

namespace ttmem {

// What was asked for with --iterations-by.
struct IterationsBy {
    std::string operation = "";     // "": not asked
    std::string did_you_mean = "";  // one that ran, where that one never did; "" without
};
IterationsBy iterations_by(const Snapshot& snapshot, std::optional<uint32_t> pid = std::nullopt);

struct Judgement {
    std::vector<std::string> not_judged;  // sentences: what, why, and what helps; empty: all was judged
    Sum sum;  // of that, over all its chips, or over the one of the filter; retired allocations are not in it

    bool complete() const { return not_judged.empty(); }
    void add(std::vector<std::string> sentences) {
        std::move(sentences.begin(), sentences.end(), std::back_inserter(not_judged));
    }
    void add(Judgement more) {
        add(std::move(more.not_judged));
        sum += more.sum;
    }
};

// Of the allocations that `filter` lets through (its `standing` is not looked at).
Judgement judge(const Snapshot& snapshot, Filter filter);

// Whether anyone can call this allocation leaked or not.
bool is_judged(const Snapshot& snapshot, const Allocation& allocation);

// The names of all operations that ran in these processes, in the order in which they were first met.
std::vector<std::string> operations_of(const Snapshot& snapshot);

}  // namespace ttmem
