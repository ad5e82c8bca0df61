// Which memory of a recording the verdicts call leaked, to be asked about any moment in it.
//
// What the verdict at its end calls leaked (analysis/leaks/verdict.h) is so as long as it lives, also before its
// iteration is over: so what is live at a moment adds up with `ttmem leaks`. What was freed later leaked if it outlived
// its iteration, or its program or trace, and its owner grew like that from iteration to iteration
// (analysis/leaks/accumulated.h). Else it only outlived.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/leaks/verdict.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

class LeakedBlocks {
public:
    // `recording` has to live as long as this. Replays it where iterations have ended.
    explicit LeakedBlocks(const Recording& recording);
    // `end` is that of the recording, settled by its verdict.
    LeakedBlocks(const Recording& recording, const Snapshot& end, const LeakVerdict& verdict);

    // Of a block at a moment, by which it may have outlived its iteration, program or trace.
    bool contains(const LiveBlock& block, bool outlived) const;

private:
    void find(const Snapshot& end, const LeakVerdict& verdict);

    using Group = std::tuple<uint32_t, Pool, AllocationClass>;  // process
    using Owner = std::tuple<Group, std::string, std::string>;  // op, tag

    const std::vector<std::string>& texts_;  // of the recording
    // By process and handle, of what was there at the end: whether it leaked; without growth those that did alone.
    boost::unordered_flat_map<std::pair<uint32_t, uint64_t>, bool> at_end_;
    std::set<Owner> grown_;
    std::set<Group> grown_together_;
};

}  // namespace ttmem
