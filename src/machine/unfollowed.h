// Processes below this one that have tt-metal loaded and cannot be followed, because the variables of `ttmem run` were
// taken from their environment, as launchers do that choose one of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <vector>

#include "src/model/machine.h"

namespace ttmem {

class UnfollowedProcesses {
public:
    // Looks take about one `share`-th of a processor.
    explicit UnfollowedProcesses(int share = 100) : share_(share) {}

    // Whether it is time to look again.
    bool is_due() const { return std::chrono::steady_clock::now() >= next_; }
    // Those in `followed` have a ledger. A process that loads tt-metal and ends between two looks is not found.
    void look(const std::set<uint32_t>& followed);

    const std::vector<RunningProcess>& found() const { return found_; }  // each once

private:
    int share_;
    std::chrono::steady_clock::time_point next_{};
    std::set<uint32_t> settled_;  // they have loaded it, and were judged
    std::vector<RunningProcess> found_;
};

}  // namespace ttmem
