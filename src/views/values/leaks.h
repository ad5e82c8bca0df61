// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/leaks/accumulated.h"
#include "src/analysis/leaks/judgement.h"
#include "src/analysis/leaks/leaks.h"
#include "src/analysis/snapshot/verdicts.h"

namespace ttmem {

struct LeaksValues {
    const Snapshot& snapshot;
    std::vector<LeftBy> left;
    VerdictBytes verdicts;
    Over over = Over::kAllChips;  // what all sums in it are over
    Judgement judgement = {};     // of what accumulated, too
    // What grew and was freed again; nothing where nobody looked for it.
    std::optional<std::vector<Accumulated>> accumulated = std::nullopt;
    Suppressed suppressed = {};  // not in `left` and not in `accumulated`
    std::string filter = "";     // what chose among allocations, as "--op matmul"; "" nothing did
    uint64_t left_out = 0;       // allocations, and plans, that would be in the answer without it
    size_t limit = 0;            // of each process: owners as text, items in JSON; 0 all

    bool leaked() const { return !left.empty() || (accumulated && !accumulated->empty()); }
    // Allocations, and plans, that leaked or were held.
    uint64_t found() const {
        uint64_t count = 0;
        for (const LeftBy& by : left) count += by.sum.allocations + by.plans.size();
        if (!accumulated) return count;
        for (const Accumulated& owner : *accumulated) count += owner.grown.growth().allocations;
        return count;
    }
};

}  // namespace ttmem
