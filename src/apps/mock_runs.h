// Runs of one program on mocks of machines, each by a `ttmem run --mock` of its own, as many at once as there are
// cores. The ledgers of a run go when it has ended: its capture has all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/analysis/fit.h"
#include "src/base/result.h"

namespace ttmem {

struct MockJob {
    std::string machine;  // as `ttmem run --mock` takes it
    std::vector<std::string> words;
    std::string base;  // path without suffix: .ttmem, .log and .json are made
};

struct MockEnd {
    FitEnd end;
    bool stand_in_compiler = false;
    std::string run_id;  // "" where it recorded nothing
};

size_t mocks_at_once();

// Calls `ended` for each as it ends, in any order; what it returns is run as well, and numbered on. A signal that ends
// us ends them first; then it is returned, and 0 otherwise.
int run_on_mocks(std::vector<MockJob> jobs,
                 const std::function<std::vector<MockJob>(size_t job, const MockEnd&)>& ended);

}  // namespace ttmem
