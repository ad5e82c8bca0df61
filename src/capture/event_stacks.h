// Which call stack each allocation of a block of events has: a block of its own before it, which an older reader skips.
#pragma once

#include <span>
#include <vector>

#include "src/capture/bytes.h"
#include "src/model/event.h"

namespace ttmem::capture {

// One number for each allocation, in their order: index of its stack, 0 not known; as a difference to the one before.
struct EventStacks {
    uint32_t count = 0;
    bool any_known = false;  // else the block is left out
    Bytes payload;
};
EventStacks event_stacks_of(std::span<const Event> events);

// Writes them into the events. False: they are not those of so many events, or stacks that do not exist.
bool set_stacks(ByteCursor payload, size_t stacks, std::vector<Event>& events);

}  // namespace ttmem::capture
