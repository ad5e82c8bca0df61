// What `ttmem explain FILE` and `ttmem explain --failures` show.
#pragma once

#include <string>

#include "src/analysis/compare/compare_failures.h"
#include "src/analysis/failures/explained_failures.h"

namespace ttmem {

struct ExplainFailuresValues {
    WallTime generated_at = 0;
    std::string source;
    ExplainedFailures shown;
    const Snapshot* snapshot = nullptr;  // that the explanations were made with; null without
    Coverage coverage;
    bool is_now = false;  // the snapshot is of this moment, not of a capture
};

// `ttmem explain --compare A B`
struct CompareFailuresValues {
    WallTime generated_at = 0;
    std::string source_a, source_b;
    ExplainedFailures a, b;
    ComparedFailures compared;
    Coverage coverage;  // of both sources together
};

}  // namespace ttmem
