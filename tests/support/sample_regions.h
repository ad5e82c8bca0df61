// What the tests of `regions` show, as text and as JSON.
#pragma once

#include "src/model/shm_region.h"

namespace ttmem {

inline ShmRegions sample_regions() {
    ShmRegion region;
    region.path = "/dev/shm/tt_device_3_memory";
    region.version = 2;
    region.device_id = 3;
    region.chip_id = ChipId{0xa0};
    region.totals.dram = 6144;
    region.totals.l1 = 1024;
    region.ghosts.dram = 2048;
    ShmProcess process;
    process.pid = 100;
    process.name = "llama\x1b[2J";
    process.counters.dram = 4096;
    process.counters.l1 = 1024;
    process.state = ShmProcessState::kLive;
    region.processes = {process};
    region.age_ns = 2'000'000'000;
    region.coverage.note("Counters only.");
    return {{region}, {{"cannot open /dev/shm/tt_device_4_memory", "it belongs to root", "sudo ttmem status"}}};
}

}  // namespace ttmem
