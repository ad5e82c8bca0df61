#include "src/analysis/replay/planned_reach.h"

#include <algorithm>

namespace ttmem {

uint64_t end_of(const CbPlan& plan) {
    uint64_t end = 0;
    for (const CircularBuffer& buffer : plan.buffers)
        if (!buffer.aliased && buffer.bytes != 0) end = std::max(end, saturating_add(buffer.address, buffer.bytes));
    return end;
}

PlannedReach::PlannedReach(const Snapshot& tables) {
    for (const CbPlan& plan : tables.plans) ends_.push_back(end_of(plan));
    for (const Program& program : tables.programs) {
        for (const ProgramCbs& cbs : program.cbs)
            planned_[{program.handle, program.process.value, cbs.place.value}] = end_of(cbs.plan);
    }
}

void PlannedReach::apply(const Event& event) {
    if (event.kind == EventKind::kPlanChanged) {
        const bool is_known = event.plan != 0 && event.plan <= ends_.size();
        planned_[{event.subject, event.process, event.place}] =
            is_known ? std::optional(ends_[event.plan - 1]) : std::nullopt;
    } else if (event.kind == EventKind::kCircularBuffersFreed) {
        planned_.erase({event.subject, event.process, event.place});
    }
}

std::optional<uint64_t> PlannedReach::of(const Event& dispatch) const {
    const auto planned = planned_.find({dispatch.subject, dispatch.process, dispatch.place});
    return planned == planned_.end() ? std::optional<uint64_t>(0) : planned->second;
}

}  // namespace ttmem
