// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/leaks.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"

namespace ttmem {

struct LeaksValues {
    const Snapshot& snapshot;
    std::vector<LeftBy> left;
    VerdictBytes verdicts;
};

std::string leaks_text(const LeaksValues& values, const Look& look);
Json leaks_json(const LeaksValues& values);

}  // namespace ttmem
