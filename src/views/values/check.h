// `ttmem check`: whether what was recorded keeps within limits.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/compare/check.h"
#include "src/model/event.h"

namespace ttmem {

struct CheckValues {
    const Recording& recording;
    std::vector<CheckLine> lines;
    Coverage coverage;
    std::string source;          // what was checked: a file, a process, a run
    Suppressed suppressed = {};  // known leaks, which do not count
};

}  // namespace ttmem
