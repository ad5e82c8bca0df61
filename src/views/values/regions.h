// tt-metal's own counters in shared memory, shown beside ttmem's data by `status` and `ps`: a source of its own, never
// added to ttmem's figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/model/chip.h"
#include "src/model/coverage.h"

namespace ttmem {

struct ShownRegion {
    // Requested bytes, as counters of the runtime say.
    struct Counters {
        uint64_t dram = 0, l1 = 0, l1_small = 0, trace = 0;
        bool any() const { return (dram | l1 | l1_small | trace) != 0; }
    };
    struct Process {
        int32_t pid = 0;
        std::string name;   // as the process says; foreign
        std::string state;  // "live", "dead", "other": the pid lives under another name
        Counters counters;
    };
    std::string path;
    uint32_t version = 0;
    ChipUse chip;  // logical id and circular buffers; its id only where has_id
    bool has_id = false;
    Counters totals;
    Counters ghosts;  // counted for nobody who lives
    std::vector<Process> processes;
    bool stale = false;
    std::optional<int64_t> age_ns;  // since its last update
    Coverage coverage;
};

struct ShownRegions {
    std::vector<ShownRegion> regions;
    std::vector<Error> unreadable;
};

}  // namespace ttmem
