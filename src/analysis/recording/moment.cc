#include "src/analysis/recording/moment.h"

#include <algorithm>

#include "src/analysis/recording/standing_then.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

void forget_figures(Process& process, bool begun) {
    if (!begun) process.chips.clear();
    for (ChipUse& use : process.chips) {
        for (PoolUse& pool : use.pools) {
            pool.requested_bytes = pool.reserved_bytes = pool.allocations = 0;
            pool.peak_requested = pool.peak_reserved = std::nullopt;
        }
        use.cb = {};
    }
    process.held_allocations = process.held_bytes = process.unlisted_released_bytes = process.retired_allocations = 0;
}

void add(Process& process, const Place& place, const Allocation& allocation) {
    for (ChipUse& use : process.chips) {
        if (std::ranges::find(place.chips, use.chip.id) == place.chips.end()) continue;
        PoolUse& pool = use.pool(allocation.pool);
        pool.requested_bytes = saturating_add(*pool.requested_bytes, allocation.requested_bytes);
        pool.reserved_bytes = saturating_add(*pool.reserved_bytes, allocation.reserved_bytes());
        pool.allocations = *pool.allocations + 1;
    }
}

}  // namespace

bool had_begun(const Process& process, WallTime at) { return !process.started_at || *process.started_at <= at; }

Snapshot snapshot_at(const Recording& recording, WallTime at, const LeakedBlocks& leaked) {
    Snapshot s = snapshot_after(recording, last_event_at(recording, at), leaked);
    s.generated_at = at;
    s.chips.clear();
    for (Process& process : s.processes) {
        forget_figures(process, had_begun(process, at));
        std::erase_if(process.failures, [at](const Failure& failure) { return failure.at > at; });
    }
    for (const Allocation& a : s.allocations) add(s.processes[a.process.value], s.place_of(a), a);
    return s;
}

}  // namespace ttmem
