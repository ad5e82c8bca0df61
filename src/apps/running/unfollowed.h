// Processes below this one that a `ttmem run` cannot follow: the preload library was taken from them, or what they
// record is kept where the run does not look, as launchers do that choose an environment or mounts of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "src/collector/untracked_trace.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

class UnfollowedProcesses {
public:
    // Looks take about one `share`-th of a processor.
    UnfollowedProcesses(LedgerId run, int share) : run_(run), share_(share) {}

    // Whether it is time to look again.
    bool is_due() const { return std::chrono::steady_clock::now() >= next_; }
    // Those in `followed` have a ledger of the run and live. Who loads tt-metal without the library, or opens a device,
    // and ends between two looks is not found. Who loads tt-metal with it and opens no device has nothing to record.
    void look(const std::set<uint32_t>& followed);

    // One that has left word that its ledger is where the run does not look.
    void add(const LedgerElsewhere& ledger);

    // A sentence for each whose ledger is neither in `snapshot`, all that the run has read, nor `removed` before that.
    std::vector<std::string> sentences(const Snapshot& snapshot, const std::set<LedgerId>& removed) const;

private:
    struct Seen {
        RunningProcess process;
        LedgerId ledger;  // 0: not known which
        std::string why;
    };

    LedgerId run_;
    int share_;
    std::chrono::steady_clock::time_point next_{};
    std::map<std::pair<uint32_t, LedgerId>, Seen> seen_;  // by pid and ledger; some may yet be found by the run
};

}  // namespace ttmem
