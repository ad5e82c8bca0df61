#include "src/analysis/moment.h"

#include <algorithm>

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
    process.held_allocations = process.held_bytes = process.unlisted_released_bytes = 0;
    process.open_iterations.clear();
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

Snapshot as_of(Snapshot snapshot, WallTime at) {
    snapshot.generated_at = at;
    for (Process& process : snapshot.processes) {
        if (process.state != ProcessState::kLive && (process.last_sign_at == 0 || process.last_sign_at > at)) {
            process.state = ProcessState::kLive;
        }
        forget_figures(process, had_begun(process, at));
    }
    for (Place& place : snapshot.places) {
        if (!place.open && place.closed_at && *place.closed_at > at) place.open = true;
    }
    for (const Allocation& allocation : snapshot.allocations) {
        if (!allocation.released) {
            add(snapshot.processes[allocation.process.value], snapshot.place_of(allocation), allocation);
        }
    }
    snapshot.chips.clear();
    return snapshot;
}

}  // namespace ttmem
