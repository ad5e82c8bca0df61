// `ttmem replay`: what an allocator would have done with what was recorded.
#pragma once

#include <string>

#include "src/analysis/capacity/what_if.h"
#include "src/model/event.h"

namespace ttmem {

struct ReplayValues {
    const Recording& recording;
    WhatIf what_if;
    std::string asked;  // "l1_small=32768,policy=best_fit", as somebody wrote it; "" nothing is changed
};

}  // namespace ttmem
