// `ttmem top`: one moment of the devices, with what led to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/leaks/verdict.h"
#include "src/analysis/recording/timeline.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

// How the use of pools came to be what it is; `timeline` may be empty.
struct TopHistory {
    Timeline timeline;
    std::vector<std::string> titles;  // of each of its pools: "dram of each of chips 0-7"
    std::string verdict;              // on its peak; "" without
    bool by_looks = false;            // what was seen at each look: a peak between two of them is not in it
};

struct TopValues {
    const Snapshot& snapshot;  // what lives; of a capture also what ended
    // Also what ended, for leaks and failures, settled by `leaks`, which is of all of it; null: those were not looked
    // for.
    const Snapshot* with_ended = nullptr;
    const LeakVerdict* leaks = nullptr;
    // This moment with where everything lay and what circular buffers there were, where `snapshot` lacks that.
    const Snapshot* layout = nullptr;
    UntrackedProcesses untracked = {};
    std::map<LedgerId, uint64_t> host_bytes = {};  // resident, of processes of which that can be seen
    std::string source = "";                       // "run.ttmem", "demo"; "" this machine, now
    bool has_allocations = true;  // else the allocations of this moment were not looked at: they are not known
    bool has_programs = true;     // likewise, of programs
    const TopHistory* history = nullptr;

    // Moments that can be stepped to, which of them this is, and which is that of the peak.
    size_t moments = 1, moment = 0;
    std::optional<size_t> peak_moment = std::nullopt;
    WallTime at = 0;  // the time of this moment; 0 unknown
};

}  // namespace ttmem
