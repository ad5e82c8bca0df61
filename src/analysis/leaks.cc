#include "src/analysis/leaks.h"

#include <algorithm>

#include "src/analysis/verdicts.h"

namespace ttmem {
namespace {

// Circular buffers lie in L1, have no class of allocations, no bytes, and the operation and tag of their program.
bool fits(const Snapshot& snapshot, const LeftBehind& plan, const Filter& filter) {
    const Program& program = snapshot.programs[plan.program];
    const Process& process = snapshot.processes[program.process.value];
    const std::vector<ChipId>& chips = snapshot.places[program.cbs[plan.cbs].place.value].chips;
    const bool on_chip = !filter.chip || std::any_of(chips.begin(), chips.end(), [&](ChipId chip) {
        return is_named(process, chip, *filter.chip);
    });
    const auto occurs = [&](const std::string& wanted, uint32_t text) {
        return snapshot.texts[text].find(wanted) != std::string::npos;
    };
    return on_chip && filter.pid.value_or(process.pid) == process.pid && filter.pool.value_or(Pool::kL1) == Pool::kL1 &&
           !filter.allocation_class && filter.min_bytes == 0 && occurs(filter.op, program.op) &&
           occurs(filter.tag, program.tag);
}

}  // namespace

std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter) {
    filter.standing.reset();
    std::vector<LeftBy> of(snapshot.processes.size());
    for (const uint32_t i : select(snapshot, filter)) {
        const Allocation& a = snapshot.allocations[i];
        const std::optional<Verdict> verdict = verdict_of(snapshot, a);
        const bool left = verdict == Verdict::kLeaked || standing_of(snapshot, a) == Standing::kHeld;
        if (left) of[a.process.value].allocations.push_back(i);
    }
    for (const LeftBehind& plan : plans_left_behind(snapshot)) {
        if (fits(snapshot, plan, filter)) of[snapshot.programs[plan.program].process.value].plans.push_back(plan);
    }
    std::vector<LeftBy> left;
    for (uint32_t p = 0; p < of.size(); ++p) {
        LeftBy& by = of[p];
        if (by.allocations.empty() && by.plans.empty()) continue;
        by.process = ProcessIndex{p};
        sort(snapshot, by.allocations, SortKey::kReserved);
        by.owners = by_owner_and_verdict(snapshot, by.allocations);
        by.sum = total(snapshot, by.allocations);
        left.push_back(std::move(by));
    }
    return left;
}

}  // namespace ttmem
