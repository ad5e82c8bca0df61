#include "src/reader/recover.h"

#include "src/ledger/recorder.h"

namespace ttmem::ledger {
namespace {

constexpr uint64_t kPositionMask = (1ull << 48) - 1;

// Whether generation `seen` is that of `handle` or a later one; generations go round at 2^44.
bool reached(uint64_t seen, uint64_t handle) {
    const uint64_t ahead = (seen - handle_generation(handle)) & (kGenerations - 1);
    return ahead < kGenerations / 2;
}

bool same_generation(const RawSlot& slot, uint64_t handle) {
    return control_generation(slot.control) == handle_generation(handle);
}

// The slot may have been freed by making room (its order is that of the free then) or even be used again, while the
// thread that published it stood still. Then the sizes of the event are gone, but not that it happened.
void rebuild_begin(const RedoWords& redo, const RawSlot& slot, RingImage& ring) {
    const bool intact =
        same_generation(slot, redo.handle) && fold(body_sum(redo.handle, slot.body)) == slot.check >> 32;
    ring.rebuilt = true;
    ring.rebuilt_event = {redo.handle, 0, Body{}};
    if (intact) {
        ring.rebuilt_event.low = static_cast<uint32_t>(slot.check);
        ring.rebuilt_event.body = slot.body;
    } else {
        ring.rebuilt_event.body.time = pack_time(0, 0, redo_op(redo.op));
    }
}

// The slot still has the sizes: it is not handed out again before `sequence` is even.
void rebuild_end(const RedoWords& redo, const RawSlot& slot, RingImage& ring) {
    ring.rebuilt = true;
    ring.rebuilt_event = {redo.handle, static_cast<uint32_t>(redo.who), slot.body};
    ring.rebuilt_event.body.order = redo.order;
    ring.rebuilt_event.body.time = redo.time;
}

}  // namespace

void recover(const RedoWords& redo, uint32_t number, const std::function<const RawSlot*(uint64_t)>& slot_at,
             RingImage& ring) {
    ring.operations = redo.sequence >> 1;
    ring.events = redo.position;
    ring.rebuilt = ring.committed = false;
    ring.was_in_flight = (redo.sequence & 1) != 0;
    if (!ring.was_in_flight) return;

    const bool wants_event = redo_wants_event(redo.op);
    const uint64_t behind = (redo.position - redo_position(redo.op)) & kPositionMask;
    const bool published = wants_event && behind == 1;
    const bool missing = wants_event && behind == 0;
    switch (redo_op(redo.op)) {
        case Op::kAlloc:
        case Op::kProgram:
        case Op::kTrace: {
            const RawSlot* slot = slot_at(handle_slot(redo.handle));
            ring.committed = slot != nullptr && reached(control_generation(slot->control), redo.handle);
            if (ring.committed && missing) rebuild_begin(redo, *slot, ring);
            break;
        }
        case Op::kFree:
        case Op::kProgramEnd:
        case Op::kTraceEnd: {
            const RawSlot* slot = slot_at(handle_slot(redo.handle));
            ring.committed = slot != nullptr && same_generation(*slot, redo.handle) &&
                             control_state(slot->control) == SlotState::kFree &&
                             control_freed_by(slot->control) == number + 1;
            if (ring.committed && missing) rebuild_end(redo, *slot, ring);
            break;
        }
        default:
            ring.committed = published;
            break;
    }
    if (ring.committed) ++ring.operations;
    if (ring.rebuilt) ++ring.events;
}

}  // namespace ttmem::ledger
