#include "src/apps/shown_regions.h"

#include <utility>

#include "src/importers/machine/shm_region.h"

namespace ttmem {
namespace {

ShownRegion::Counters counters_of(const ShmCounters& c) { return {c.dram, c.l1, c.l1_small, c.trace}; }

const char* state_name(ShmProcessState state) {
    switch (state) {
        case ShmProcessState::kLive:
            return "live";
        case ShmProcessState::kDead:
            return "dead";
        case ShmProcessState::kOther:
            return "other";
    }
    return "dead";
}

ShownRegion shown(ShmRegion region) {
    ImportedUse use = shm_region_use(region);
    ShownRegion result;
    result.chip = use.chips.front().use;
    result.has_id = use.chips.front().chip_id.has_value();
    result.path = std::move(region.path);
    result.version = region.version;
    result.totals = counters_of(region.totals);
    result.ghosts = counters_of(region.ghosts);
    for (ShmProcess& process : region.processes) {
        result.processes.push_back(
            {process.pid, std::move(process.name), state_name(process.state), counters_of(process.counters)});
    }
    result.stale = region.stale;
    result.age_ns = region.age_ns;
    result.coverage = std::move(use.coverage);
    return result;
}

}  // namespace

ShownRegions find_regions() {
    ShmScan scan = scan_shm_regions();
    ShownRegions result;
    for (ShmRegion& region : scan.regions) result.regions.push_back(shown(std::move(region)));
    result.unreadable = std::move(scan.unreadable);
    return result;
}

void note_unreadable(const ShownRegions& regions, Coverage& coverage) {
    for (const Error& error : regions.unreadable) {
        coverage.note("tt-metal's own counters: " + error.what + (error.why.empty() ? "" : ": " + error.why));
    }
}

}  // namespace ttmem
