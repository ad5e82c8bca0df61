// What the tests of `regions` show, as text and as JSON.
#pragma once

#include "src/views/values/regions.h"

namespace ttmem {

inline ShownRegions sample_regions() {
    ShownRegion region;
    region.path = "/dev/shm/tt_device_3_memory";
    region.version = 2;
    region.chip.chip.logical_id = 3;
    region.chip.chip.id = ChipId{0xa0};
    region.has_id = true;
    region.totals = {6144, 1024, 0, 0};
    region.ghosts = {2048, 0, 0, 0};
    region.processes = {{100, "llama\x1b[2J", "live", {4096, 1024, 0, 0}}};
    region.age_ns = 2'000'000'000;
    region.coverage.note("Counters only.");
    return {{region}, {{"cannot open /dev/shm/tt_device_4_memory", "it belongs to root", "sudo ttmem status"}}};
}

}  // namespace ttmem
