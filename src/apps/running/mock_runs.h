// Runs of one program on mocks of machines, each by a `ttmem run --mock` of its own, as many at once as there are
// cores. The ledgers of a run go when it has ended: its capture has all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/apps/running/mock_report.h"

namespace ttmem {

struct MockJob {
    std::string machine;  // as `ttmem run --mock` takes it
    std::vector<std::string> words;
    std::string base;  // path without suffix: .ttmem, .log and .json are made
};

size_t mocks_at_once();

// Calls `ended` for each as it ends, in any order; what it returns is run as well, and numbered on. A signal that asks
// to end ends those that run, within seconds whatever they do, begins no others, and is returned; 0 otherwise. However
// this process itself ends, they end with it.
int run_on_mocks(std::vector<MockJob> jobs,
                 const std::function<std::vector<MockJob>(size_t job, const MockEnd&)>& ended);

}  // namespace ttmem
