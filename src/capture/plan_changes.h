// Which plan each "plan changed" of a block of events names: a block of its own before it, which an older reader skips.
#pragma once

#include <span>
#include <vector>

#include "src/capture/bytes.h"
#include "src/model/event.h"

namespace ttmem::capture {

// One number for each such event, in their order: 1 + index of the plan, 0 not known.
struct PlanChanges {
    uint32_t count = 0;
    bool any_known = false;  // else the block is left out
    Bytes payload;
};
PlanChanges plan_changes_of(std::span<const Event> events);

// Writes them into the events. False: they are not those of so many events, or of plans that do not exist.
bool set_plans(ByteCursor payload, size_t plans, std::vector<Event>& events);

}  // namespace ttmem::capture
