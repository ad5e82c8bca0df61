// What `ttmem explain FILE` and `ttmem explain --failures` show.
#pragma once

#include <string>

#include "src/analysis/explained_failures.h"

namespace ttmem {

struct ExplainFailuresValues {
    WallTime generated_at = 0;
    std::string source;
    ExplainedFailures shown;
    const Snapshot* snapshot = nullptr;  // that the explanations were made with; null without
    Coverage coverage;
};

}  // namespace ttmem
