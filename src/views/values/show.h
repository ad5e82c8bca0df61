// What `ttmem show FILE` shows: what a source that ttmem did not write says about device memory.
#pragma once

#include <optional>
#include <string>

#include "src/analysis/failures/explained_failures.h"
#include "src/model/imported_use.h"

namespace ttmem {

struct ShowValues {
    WallTime generated_at = 0;
    std::string source;
    ImportedUse use;                            // of a text with messages alone: its format and coverage
    std::optional<ExplainedFailures> failures;  // absent: the source was not searched for messages
    bool only_messages = false;
};

}  // namespace ttmem
