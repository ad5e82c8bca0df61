// What is left of a `ttmem run --mock` that has ended: its report and its output.
#pragma once

#include <string>

#include "src/analysis/capacity/fit.h"

namespace ttmem {

struct MockEnd {
    FitEnd end;
    bool stand_in_compiler = false;
    std::string run_id = "";  // "" where it recorded nothing
};

// `base`: path without suffix, of BASE.json and BASE.log. `status`: of the run, as wait() has it.
MockEnd read_mock_report(const std::string& base, int status);

}  // namespace ttmem
