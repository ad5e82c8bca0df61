// What no one can call leaked or not: the answer "nothing leaked" is not true of it, and says so.
//
// A close releases whatever is left and makes no leak of it, and so does the end of a program that frees its variables
// after its last work. Memory that was there until then, or that lives, is judged
// - by an iteration: that which made it has ended, and it is a leak; or it was made before its process's first one (it
//   was set up then, and is meant to stay), or in one that is the last of several, where those before it made its like
//   and did not keep it;
// - in a process without iterations by repetition: what was made again and again, with other work between, and all kept
//   to the end, is what a leak looks like, and makes all that was kept not judged. A fixed set, as weights and a last
//   result, is no growth, and is judged (analysis/leaks/kept_to_end.h has the rule). Only a whole history tells.
// Without that it is not judged. Three kinds need neither: memory of a program or trace, which is judged by the end of
// its holder; what is marked persistent; and what an ended process held, which is told anyway.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/leaks/repetition.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/base/text.h"
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
    Sum sum;        // of that, over all its chips, or over the one of the filter; retired allocations are not in it
    Sum kept = {};  // likewise, of what was kept to the end and history calls no leak
    Sum open = {};  // likewise, of what iterations made that have not ended: no leak as yet

    bool complete() const { return not_judged.empty(); }
    void add(std::vector<std::string> sentences) {
        std::move(sentences.begin(), sentences.end(), std::back_inserter(not_judged));
    }
    void add(Judgement more) {
        add(std::move(more.not_judged));
        sum += more.sum, kept += more.kept, open += more.open;
    }
};

// Of the allocations that `filter` lets through (its `standing` is not looked at). Of processes without history in
// `repetitions` it says what a snapshot tells: the last iteration is taken to be like those before it, and what a
// program freed is not looked at.
Judgement judge(const Snapshot& snapshot, Filter filter, const Repetitions& repetitions = {},
                BytesText bytes = human_bytes);

// Whether anyone can call this allocation leaked or not, whatever its history is.
bool is_judged(const Snapshot& snapshot, const Allocation& allocation);

// Makes no leak of what history says is none, whatever iteration made it: what is bounded, as the last
// result of a loop (analysis/leaks/trend.h), and what iterations made before the first work, where an operation begins
// them that only makes inputs (analysis/leaks/work.h). judge() counts it as kept.
void settle(Snapshot& snapshot, const Repetitions& repetitions);
bool any_to_settle(const Repetitions& repetitions);

// The names of all operations that ran in these processes, in the order in which they were first met.
std::vector<std::string> operations_of(const Snapshot& snapshot);

}  // namespace ttmem
