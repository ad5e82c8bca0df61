// A fact about chips that several processes tell: it counts where all that know it agree.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

// `fact_of`: an optional of a ChipUse. Nothing where no process tells it of one of `chips`, or two tell different ones.
template <class Fact>
auto agreed(const Snapshot& tables, const std::vector<ChipId>& chips, const Fact& fact_of) {
    decltype(fact_of(std::declval<const ChipUse&>())) fact;
    for (const Process& process : tables.processes) {
        for (const ChipUse& use : process.chips) {
            const auto known = fact_of(use);
            if (!known || std::find(chips.begin(), chips.end(), use.chip.id) == chips.end()) continue;
            if (fact && *fact != *known) return decltype(fact){};
            fact = known;
        }
    }
    return fact;
}

}  // namespace ttmem
