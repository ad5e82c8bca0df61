#include "src/client/sessions/retirement.h"

#include "src/client/tables/address_index.h"
#include "src/client/tables/free_slots.h"
#include "src/client/tables/retired.h"
#include "src/client/tables/session_records.h"
#include "src/client/tables/slot.h"
#include "src/client/threads/row_writers.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {
namespace {

using ledger::Slot;

// Ends an allocation that nobody will come for, unless its owner does so at this moment. The bytes come off its row,
// too.
bool end_released(uint32_t number, uint64_t control) {
    Slot& slot = process.map.slots[number];
    const ledger::Body body = body_of(slot);
    const uint64_t was = control;
    const uint64_t freed =
        ledger::make_control(ledger::control_generation(control), ledger::SlotState::kFree, ledger::kRetired);
    const bool ended = slot.control.compare_exchange_strong(control, freed, std::memory_order_acq_rel);
    if (!ended) return false;  // GCOV_EXCL_BR_LINE: a race
    row_writers.take(this_thread.recorder.freed_by, body);
    const uint64_t chips = process.map.sessions[body.session()].chips.load(kRelaxed);
    if (ledger::control_is_leaked(was)) count(live_header().leaks_forgotten);
    retired[number].store(ledger::control_generation(was), kRelaxed);
    count(live_header().retired_allocations);
    count(live_header().retired_bytes, body.requested_bytes() * static_cast<uint64_t>(__builtin_popcountll(chips)));
    if (process.by_address.load(kRelaxed)) address_index.remove(number);
    return true;
}

// Forgets the live allocations of all sessions that `which` names. Returns their number.
template <class Which>
uint64_t retire(const Which& which) {
    uint64_t number_retired = 0;
    uint32_t batch[kSlotCache];
    uint32_t batched = 0;
    for_each_live_allocation([&](uint32_t number, uint64_t control, uint64_t order) {
        if (!which(session_of(order))) return;
        if (!end_released(number, control)) return;  // GCOV_EXCL_BR_LINE: a race
        ++number_retired;
        batch[batched++] = number;
        if (batched < kSlotCache) return;
        free_slots.give(batch, batched);
        batched = 0;
    });
    free_slots.give(batch, batched);
    return number_retired;
}

}  // namespace

uint64_t retire_session(uint32_t session) {
    return retire([session](uint32_t other) { return other == session; });
}

uint64_t retire_closed_sessions() {
    return retire([](uint32_t session) { return !session_records.is_open(session); });
}

}  // namespace ttmem::client
