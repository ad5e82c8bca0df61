// `ttmem map`: where everything lies on chips at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/analysis/map/floor_holders.h"
#include "src/analysis/map/map.h"
#include "src/analysis/map/map_clash.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct MapValues {
    const Snapshot& snapshot;
    std::vector<ChipMap> maps;                               // of the chips that are asked about; tightest first
    std::string moment = "";                                 // "at the end of run.ttmem"; "" now
    std::string other_moment = "";                           // a sentence: where more may be seen; "" nothing to say
    std::optional<std::pair<uint32_t, uint32_t>> core = {};  // this one instead of the worst
    std::optional<uint64_t> bank = {};                       // of DRAM, by address
    std::optional<MapClash> clash = {};                      // the moment is when these did not fit
    const Failure* failure = nullptr;                        // likewise, of a buffer: out of memory, of that snapshot
    std::string next = "";                                   // a command that says more of it; "" without
    size_t limit = 0;                                        // of blocks in a list; 0: all
    UntrackedProcesses untracked = {};
};

// The core that is told in full: the one that is asked for, or the worst.
inline const CoreMap* shown_core(const MapValues& values, const L1Map& map) {
    if (!values.core) return map.worst ? &map.cores[*map.worst] : nullptr;
    for (const CoreMap& core : map.cores) {
        if (core.x == values.core->first && core.y == values.core->second) return &core;
    }
    return nullptr;
}

}  // namespace ttmem
