#include "src/client/recording/handles.h"

#include "src/client/process/slow_path.h"
#include "src/client/sessions/sessions.h"
#include "src/client/tables/address_index.h"
#include "src/client/tables/retired.h"

namespace ttmem::client {

[[gnu::cold]] ttmem_result open_implicitly(Thread& thread, ttmem_place place, uint32_t& session) {
    const SlowPath slow;
    bool known = false;
    session = open_session(thread, place, known);
    return session != 0 ? TTMEM_OK : known ? TTMEM_FULL : refuse();
}

// Was it live once? Generations of a ledger begin at a random number, so those of another process are
// out of the range that this slot ever had.
[[gnu::cold]] ttmem_result count_wrong_end(const Thread& thread, uint64_t handle) {
    ledger::LiveHeader& live = live_header();
    const ledger::Slot* slot = slot_of(thread, handle);
    const uint64_t control = slot != nullptr ? slot->control.load(std::memory_order_acquire) : 0;
    const uint64_t generation = ledger::handle_generation(handle), now = ledger::control_generation(control);
    if (is_live(control, handle)) return refuse();  // a program's handle for an allocation's, or the reverse
    if (slot != nullptr && generation > process.first_generation && generation <= now) {
        const uint64_t retired_one = retired[ledger::handle_slot(handle)].load(kRelaxed);
        if (generation == retired_one) {
            count(live.late_free);
        } else if (generation < retired_one) {
            count(live.unknown_free);  // freed twice, or retired as well: nobody knows any more
        } else {
            count(live.double_free);
        }
    } else if (process.is_forked) {
        count(live.foreign_free);
    } else {
        count(live.unknown_free);
    }
    return TTMEM_UNKNOWN;
}

[[gnu::cold]] void count_late_free() { count(live_header().late_free); }

[[gnu::cold]] void forget_address(uint32_t slot) { address_index.remove(slot); }

[[gnu::cold]] bool end_unwritten(Thread& thread, uint64_t handle, uint64_t control, ledger::Op op) {
    return end<false>(thread, handle, control, op);
}

}  // namespace ttmem::client
