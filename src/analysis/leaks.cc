#include "src/analysis/held.h"

#include "src/analysis/verdicts.h"

namespace ttmem {

std::vector<HeldBy> held_by_ended_processes(const Snapshot& snapshot, Filter filter) {
    filter.standing = Standing::kHeld;
    Selection all = select(snapshot, filter);
    filter.standing = Standing::kReleased;
    for (const uint32_t i : select(snapshot, filter)) {
        const Allocation& a = snapshot.allocations[i];
        const bool ended = snapshot.process_of(a).state != ProcessState::kLive;
        if (ended && verdict_of(snapshot, a) == Verdict::kLeaked) all.push_back(i);
    }
    sort(snapshot, all, SortKey::kReserved);

    std::vector<Selection> by_process(snapshot.processes.size());
    for (const uint32_t i : all) by_process[snapshot.allocations[i].process.value].push_back(i);

    std::vector<HeldBy> held;
    for (uint32_t p = 0; p < by_process.size(); ++p) {
        if (by_process[p].empty()) continue;
        std::vector<Share> owners = by_owner_and_verdict(snapshot, by_process[p]);
        const Sum sum = total(snapshot, by_process[p]);
        held.push_back({ProcessIndex{p}, std::move(by_process[p]), std::move(owners), sum});
    }
    return held;
}

}  // namespace ttmem
