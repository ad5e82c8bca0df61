// What came later to events: a column in a block of its own before them, which an older reader skips.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "src/capture/bytes.h"
#include "src/capture/format.h"
#include "src/model/event.h"

namespace ttmem::capture {

// One number for each event of the kind, in their order; 0 not known.
struct SideColumn {
    BlockType type;
    EventKind kind;
    uint32_t Event::*field;
    bool is_difference;  // to the one before
};
constexpr std::array<SideColumn, 2> kSideColumns = {
    {{BlockType::kPlanChanges, EventKind::kPlanChanged, &Event::plan, false},
     {BlockType::kStacksOfEvents, EventKind::kAllocated, &Event::stack, true}}};

struct SidePayload {
    uint32_t count = 0;
    bool any_known = false;  // else the block is left out
    Bytes bytes;
};
SidePayload side_payload(const SideColumn& column, std::span<const Event> events);

// Writes it into the events. False: it is not of so many events, or names something from `end` on.
bool set_side(const SideColumn& column, ByteCursor payload, uint64_t end, std::vector<Event>& events);

}  // namespace ttmem::capture
