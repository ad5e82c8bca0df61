#include "src/capture/plan_changes.h"

namespace ttmem::capture {

PlanChanges plan_changes_of(std::span<const Event> events) {
    PlanChanges changes;
    for (const Event& event : events) {
        if (event.kind != EventKind::kPlanChanged) continue;
        put_number(changes.payload, event.plan);
        ++changes.count;
        changes.any_known |= event.plan != 0;
    }
    return changes;
}

bool set_plans(ByteCursor payload, size_t plans, std::vector<Event>& events) {
    for (Event& event : events) {
        if (event.kind != EventKind::kPlanChanged) continue;
        const uint64_t plan = payload.number();
        if (plan > plans) return false;
        event.plan = static_cast<uint32_t>(plan);
    }
    return payload.ok() && payload.left() == 0;
}

}  // namespace ttmem::capture
