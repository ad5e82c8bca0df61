#include "src/analysis/leaks.h"

#include "src/analysis/once.h"
#include "src/analysis/verdicts.h"
#include "src/base/text.h"

namespace ttmem {

bool is_left(const Snapshot& snapshot, const Allocation& allocation) {
    return verdict_of(snapshot, allocation) == Verdict::kLeaked || standing_of(snapshot, allocation) == Standing::kHeld;
}

namespace {

Selection left_in(const Snapshot& snapshot, const Filter& filter) {
    Selection selection = select(snapshot, filter);
    std::erase_if(selection, [&](uint32_t i) { return !is_left(snapshot, snapshot.allocations[i]); });
    return selection;
}

}  // namespace

std::string held_words(const Snapshot& snapshot) {
    const size_t held = select(snapshot, {.standing = Standing::kHeld}).size();
    if (held == 0) return "";
    return counted(held, "allocation") +
           " held when their process ended, which is the end of them here: `ttmem leaks` lists them";
}

std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter) {
    Suppressed none;
    return leaks_of(snapshot, std::move(filter), {}, none);
}

std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter, const Suppressions& known, Suppressed& suppressed,
                             const Repetitions& repetitions) {
    filter.standing.reset();
    const Over over = over_chips_of(filter);
    std::vector<LeftBy> of(snapshot.processes.size());
    const Once once(snapshot, left_in(snapshot, {}), repetitions);
    Selection selection = left_in(snapshot, filter);
    known.take_out(snapshot, once, selection, suppressed, over);
    for (const uint32_t i : selection) of[snapshot.allocations[i].process.value].allocations.push_back(i);
    for (const LeftBehind& plan : plans_left_behind(snapshot)) {
        const Program& program = snapshot.programs[plan.program];
        if (!fits(snapshot, program, program.cbs[plan.cbs], filter)) continue;
        const Suppression* line = known.find(snapshot.texts[program.op], snapshot.texts[program.tag], program.name,
                                             Pool::kL1, AllocationClass::kUnknown);
        if (line != nullptr) {
            suppressed[line->text] += Sum{1, 0, 0};
        } else {
            of[program.process.value].plans.push_back(plan);
        }
    }
    std::vector<LeftBy> left;
    for (uint32_t p = 0; p < of.size(); ++p) {
        LeftBy& by = of[p];
        if (by.allocations.empty() && by.plans.empty()) continue;
        by.process = ProcessIndex{p};
        sort(snapshot, by.allocations, SortKey::kReserved);
        by.owners = by_owner_and_verdict(snapshot, by.allocations, over);
        by.sum = total(snapshot, by.allocations, over);
        for (const uint32_t i : by.allocations) {
            if (once(snapshot.allocations[i])) by.once += sum_of(snapshot, snapshot.allocations[i], over);
        }
        left.push_back(std::move(by));
    }
    return left;
}

}  // namespace ttmem
