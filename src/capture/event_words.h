// What the columns of an event hold, said once for both sides.
#pragma once

#include "src/capture/event_columns.h"

namespace ttmem::capture {

constexpr uint64_t kNextInSlot = 1 << 20;  // handle of what comes next into a slot of the ledger, less the one before
constexpr uint32_t kPersistent = 1 << 6;   // of `what`, beside the pool in bits 2..0 and the class in 5..3

inline bool names_holder(EventKind kind) {
    switch (kind) {
        case EventKind::kProgramCreated:
        case EventKind::kProgramDestroyed:
        case EventKind::kPlanChanged:
        case EventKind::kDispatched:
        case EventKind::kCircularBuffersFreed:
        case EventKind::kTraceCaptured:
        case EventKind::kTraceReplayed:
        case EventKind::kTraceReleased:
            return true;
        default:
            return false;
    }
}

inline Seat body_of(const Event& event, uint64_t holder) {
    Seat body;
    body.address = event.address;
    body.requested = event.requested_bytes;
    body.bytes_per_bank = event.bytes_per_bank;
    body.holder = holder;
    body.iteration = event.iteration;
    body.place = event.place;
    body.banks = event.banks;
    body.data_banks = event.data_banks;
    body.what = static_cast<uint32_t>(event.pool) | static_cast<uint32_t>(event.allocation_class) << 3 |
                (event.persistent ? kPersistent : 0);
    return body;
}

inline bool same_body(const Seat& a, const Seat& b) {
    return a.address == b.address && a.requested == b.requested && a.bytes_per_bank == b.bytes_per_bank &&
           a.holder == b.holder && a.iteration == b.iteration && a.place == b.place && a.banks == b.banks &&
           a.data_banks == b.data_banks && a.what == b.what;
}

inline bool has_memory(const Seat& body) {
    return body.address != 0 || body.requested != 0 || body.bytes_per_bank != 0 || body.holder != 0 ||
           body.banks != 0 || body.data_banks != 0;
}

}  // namespace ttmem::capture
