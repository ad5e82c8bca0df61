// `ttmem explain --last`, and what `ttmem run` keeps when its program has failed.
#pragma once

#include <string>

#include "src/analysis/failures/last_failure.h"

namespace ttmem {

struct LastFailureValues {
    const LastFailure& failure;
    std::string source;  // "run.ttmem", "the running processes"
    size_t limit = 0;    // of owners of a pool; 0: all
};

}  // namespace ttmem
