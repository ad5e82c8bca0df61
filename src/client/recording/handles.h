// How what a handle names begins and ends: allocations, programs, traces. What all calls with handles share; it is
// inlined into each of them.
#pragma once

#include "include/ttmem/ttmem.h"
#include "src/client/recording/slot_cache.h"
#include "src/client/tables/places.h"
#include "src/client/tables/session_records.h"
#include "src/client/tables/slot.h"
#include "src/client/threads/history.h"
#include "src/client/threads/row_writers.h"
#include "src/client/threads/thread.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

// ---- cold ways out --------------------------------------------------------------------------------------------------

// `handle` is not live: counts what kind of mistake its end is.
ttmem_result count_wrong_end(const Thread& thread, uint64_t handle);
void count_late_free();
void forget_address(uint32_t slot);
ttmem_result open_implicitly(Thread& thread, ttmem_place place, uint32_t& session);

// ---- slots and sessions ---------------------------------------------------------------------------------------------

inline ttmem_result find_session(Thread& thread, ttmem_place place, uint32_t& session) {
    session = places.session_of(place);
    if (session != 0) [[likely]]
        return TTMEM_OK;
    uint32_t opened;  // so that the caller's has no address: what has one is kept in memory
    const ttmem_result result = open_implicitly(thread, place, opened);
    session = opened;
    return result;
}

// A free slot of this thread's own. 0 when there is none.
inline uint32_t take_slot(Thread& thread) {
    if (thread.cached == 0 && !refill(thread)) [[unlikely]]
        return 0;
    return thread.cache[--thread.cached];
}

inline void keep_slot(Thread& thread, uint32_t slot) {
    if (thread.cached >= thread.cache_limit) [[unlikely]]
        hand_over_half(thread);
    thread.cache[thread.cached++] = slot;
}

// The slot that a handle names, or nullptr when there is none such.
inline ledger::Slot* slot_of(const Thread& thread, uint64_t handle) {
    const uint64_t number = ledger::handle_slot(handle);
    return number != 0 && number < thread.recorder.slot_count ? &thread.recorder.slots[number] : nullptr;
}

// What this thread records next is after the begin of that thing, which another thread may have recorded.
inline void come_after(Thread& thread, const ledger::Slot& slot) {
    const uint64_t order = slot.order.load(kRelaxed) >> 16, own = thread.recorder.lamport;
    thread.recorder.lamport = order > own ? order : own;
}

// The slot of a live thing of this kind, which is about to be used, else nullptr.
inline ledger::Slot* live_slot_of(Thread& thread, uint64_t handle, ledger::Op kind) {
    ledger::Slot* slot = slot_of(thread, handle);
    const bool found =
        slot != nullptr && is_live(slot->control.load(std::memory_order_acquire), handle) && kind_of(*slot) == kind;
    if (!found) return nullptr;
    come_after(thread, *slot);
    return slot;
}

// ---- publishing and ending ------------------------------------------------------------------------------------------

// Returns the handle of what it publishes.
template <bool kEvents>
[[gnu::always_inline]] inline uint64_t publish(Thread& thread, uint32_t slot, const ledger::Body& body,
                                               ledger::SlotState state, ledger::RowOf row, uint64_t unique_id,
                                               ttmem_stack stack = 0) {
    const uint64_t handle =
        ledger::record_begin<ledger::RealStore, kEvents>(thread.recorder, slot, body, state, row, unique_id, stack);
    if (kEvents && wants_anchor(thread)) [[unlikely]]
        refresh_anchor();
    return handle;
}

// A program or trace: no bytes.
inline uint64_t publish_holder(Thread& thread, uint32_t slot, const ledger::Body& body) {
    const ledger::SlotState live = ledger::SlotState::kLive;
    return wants_history() && wants_event(thread) ? publish<true>(thread, slot, body, live, {}, 0)
                                                  : publish<false>(thread, slot, body, live, {}, 0);
}

template <bool kEvents>
[[gnu::always_inline]] inline bool end(Thread& thread, uint64_t handle, uint64_t control, ledger::Op op) {
    const uint64_t clock = kEvents ? process.clock.recent(thread.stamp) : 0;
    const auto rows = [&](uint32_t session, uint32_t pool) {
        return row_writers.row(thread.recorder.freed_by, session, pool);
    };
    const bool ended =
        ledger::record_end<ledger::RealStore, kEvents>(thread.recorder, handle, control, op, clock, rows);
    if (!ended) return false;
    if (kEvents && wants_anchor(thread)) [[unlikely]]
        refresh_anchor();
    return true;
}

// Of a thread at level events whose ring has no history.
bool end_unwritten(Thread& thread, uint64_t handle, uint64_t control, ledger::Op op);

// Ends what `handle` names, of this kind, with the event `op`. On TTMEM_OK its slot is this thread's, and
// before_reuse(slot number) has been called. The tries are for a mark or a free that comes in between.
template <bool kEvents, class BeforeReuse>
[[gnu::always_inline]] inline ttmem_result end_handle(Thread& thread, uint64_t handle, ledger::Op kind, ledger::Op op,
                                                      const BeforeReuse& before_reuse) {
    ledger::Slot* slot = slot_of(thread, handle);
    if (slot == nullptr) [[unlikely]]
        return count_wrong_end(thread, handle);
    for (;;) {
        const uint64_t control = slot->control.load(std::memory_order_acquire);
        if (!is_live(control, handle) || kind_of(*slot) != kind) [[unlikely]]
            return count_wrong_end(thread, handle);
        const uint32_t session = session_of(slot->order.load(kRelaxed));
        const bool ended = kEvents && wants_event(thread) ? end<kEvents>(thread, handle, control, op)
                           : kEvents                      ? end_unwritten(thread, handle, control, op)
                                                          : end<false>(thread, handle, control, op);
        if (!ended) [[unlikely]]
            continue;
        if (session != 0 && !session_records.is_open(session)) count_late_free();
        const uint32_t number = static_cast<uint32_t>(ledger::handle_slot(handle));
        before_reuse(number);
        keep_slot(thread, number);
        return TTMEM_OK;
    }
}

}  // namespace ttmem::client
