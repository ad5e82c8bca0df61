#include "src/capture/event_stacks.h"

namespace ttmem::capture {

EventStacks event_stacks_of(std::span<const Event> events) {
    EventStacks stacks;
    uint64_t before = 0;
    for (const Event& event : events) {
        if (event.kind != EventKind::kAllocated) continue;
        put_number(stacks.payload, fold_sign(event.stack - before));
        before = event.stack;
        ++stacks.count;
        stacks.any_known |= event.stack != 0;
    }
    return stacks;
}

bool set_stacks(ByteCursor payload, size_t stacks, std::vector<Event>& events) {
    uint64_t stack = 0;
    for (Event& event : events) {
        if (event.kind != EventKind::kAllocated) continue;
        stack += unfold_sign(payload.number());
        if (stack >= stacks) return false;
        event.stack = static_cast<uint32_t>(stack);
    }
    return payload.ok() && payload.left() == 0;
}

}  // namespace ttmem::capture
