// What the words of a slot say, for whoever meets one in the ledger.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/process/process.h"

namespace ttmem::client {

inline bool is_live(uint64_t control, uint64_t handle) {
    return ledger::control_generation(control) == ledger::handle_generation(handle) && ledger::control_is_live(control);
}

inline ledger::Op kind_of(const ledger::Slot& slot) { return static_cast<ledger::Op>(slot.time.load(kRelaxed) & 0xff); }

constexpr uint32_t session_of(uint64_t order) { return order >> 4 & 0xfff; }

inline ledger::Body body_of(const ledger::Slot& slot) {
    return {slot.where.load(kRelaxed), slot.requested.load(kRelaxed), slot.taken.load(kRelaxed),
            slot.who.load(kRelaxed),   slot.order.load(kRelaxed),     slot.time.load(kRelaxed)};
}

// Calls `use(slot number, control, body's `order`)` for every live slot that is an allocation.
template <class Use>
void for_each_live_allocation(const Use& use) {
    const uint64_t end = live_header().slots_used.load(kRelaxed);
    for (uint64_t i = 1; i < end; ++i) {
        const ledger::Slot& slot = process.map.slots[i];
        const uint64_t control = slot.control.load(std::memory_order_acquire);
        if (!ledger::control_is_live(control)) continue;
        const uint64_t order = slot.order.load(kRelaxed);
        if ((order & 0xf) < ledger::kPools) use(static_cast<uint32_t>(i), control, order);
    }
}

}  // namespace ttmem::client
