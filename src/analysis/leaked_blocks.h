// Which memory of a recording the verdicts call leaked, to be asked about any moment in it.
//
// What lives when its iteration is over, or its program or trace is gone, has outlived it. Whether that is a leak only
// the end of the recording tells: it is one if its verdict is so then (analysis/verdicts.h), or if its owner grew from
// iteration to iteration until it was freed (analysis/accumulated.h). Else it was freed later, and only outlived.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/accumulated.h"
#include "src/analysis/replay.h"

namespace ttmem {

class LeakedBlocks {
public:
    // `recording` has to live as long as this. Replays it where iterations have ended.
    explicit LeakedBlocks(const Recording& recording);

    // Of a block that has outlived its iteration, program or trace: whether it leaked by that.
    bool contains(const LiveBlock& block) const;

    // What grew and was freed later, of all of it.
    const AccumulatedReport& accumulated() const { return accumulated_; }

private:
    using Group = std::tuple<uint32_t, Pool, AllocationClass>;  // process
    using Owner = std::tuple<Group, std::string, std::string>;  // op, tag

    const std::vector<std::string>& texts_;                            // of the recording
    boost::unordered_flat_set<std::pair<uint32_t, uint64_t>> at_end_;  // process, handle
    AccumulatedReport accumulated_;
    std::set<Owner> grown_;
    std::set<Group> grown_together_;
};

}  // namespace ttmem
