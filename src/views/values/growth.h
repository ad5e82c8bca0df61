// `ttmem growth`: what stays behind in iteration after iteration.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/analysis/leaks/growth.h"
#include "src/analysis/leaks/verdict.h"
#include "src/model/event.h"

namespace ttmem {

struct GrowthValues {
    const Recording& recording;
    GrowthReport report;
    struct Suppressed {
        std::string line;  // of the file
        uint64_t owners = 0;
        Sum grown;  // by so much, on all chips
    };
    std::vector<Suppressed> suppressed;
    size_t limit = 0;        // owners; 0 all
    LeakVerdict leaks = {};  // of the end, as `ttmem leaks` has it
    Sum leaked_beside = {};  // of it, what leaked, and neither grew nor is known to have been left once

    // What decides a check: growth that is certain or probable.
    bool has_growth() const {
        for (const OwnerGrowth& owner : report.owners) {
            if (owner.grown.certainty != Certainty::kPossible) return true;
        }
        return false;
    }
};

}  // namespace ttmem
