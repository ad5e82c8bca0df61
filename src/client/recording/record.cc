#include "src/client/recording/record.h"

#include "src/client/recording/handles.h"
#include "src/client/tables/address_index.h"
#include "src/client/tables/untracked.h"

namespace ttmem::client {
namespace {

using ledger::Body;
using ledger::Op;
using ledger::RealStore;
using ledger::SlotState;

// ---- arguments ----------------------------------------------------------------------------------------------------

[[gnu::always_inline]] inline bool is_valid(const ttmem_allocation& a) {
    const uint64_t too_large = a.address >> 40 | a.bytes_per_bank >> 40 | a.requested_bytes >> 44 | a.unique_id >> 48;
    return too_large == 0 && a.pool < ledger::kPools && a.banks - 1u < 4095 && a.data_banks <= a.banks &&
           a.kind <= TTMEM_CLASS_RUNTIME;
}

[[gnu::cold, gnu::noinline]] ttmem_handle leave_untracked(const ttmem_allocation& a, uint32_t session) {
    const bool by_address = (a.flags & TTMEM_BY_ADDRESS) != 0;
    return untracked.add(session, a.pool, a.requested_bytes, a.bytes_per_bank * a.banks,
                         by_address ? Untracked::End::kByAddress : Untracked::End::kByHandle);
}

[[gnu::cold, gnu::noinline]] ttmem_result free_untracked(ttmem_handle handle) {
    if (handle == 0) return TTMEM_OK;
    Call call;
    return call.ready() ? untracked.end(handle) : TTMEM_NOT_TRACKED;
}

uint32_t holder_slot(Thread& thread, ttmem_handle holder) {
    const ledger::Slot* slot = slot_of(thread, holder);
    if (slot == nullptr || !is_live(slot->control.load(std::memory_order_acquire), holder)) return 0;
    come_after(thread, *slot);
    return static_cast<uint32_t>(ledger::handle_slot(holder));
}

[[gnu::always_inline]] inline Body make_body(Thread& thread, const ttmem_allocation& a, uint32_t session, Op op) {
    uint64_t time;
    uint32_t holder = 0;
    const uint64_t marks = (a.flags & TTMEM_PERSISTENT) != 0 ? ledger::kPersistentFromBirth : 0;
    if (a.holder != 0) {  // GCOV_EXCL_BR_LINE: copies
        holder = holder_slot(thread, a.holder);
        time = process.clock.now(thread.stamp);  // tells its holder from the next thing in that slot
    } else {
        time = process.clock.recent(thread.stamp);  // GCOV_EXCL_BR_LINE: as in recent()
    }
    return {ledger::pack_where(a.address, a.banks, a.data_banks),
            ledger::pack_requested(a.requested_bytes, holder),
            ledger::pack_taken(a.bytes_per_bank, thread.recorder.iteration),
            ledger::pack_who(thread.recorder.owner, a.page_bytes),
            ledger::pack_order(0, session, a.pool),
            ledger::pack_time(time, a.kind, op) | marks};
}

template <bool kEvents>
[[gnu::always_inline]] inline ttmem_handle publish(Thread& thread, const ttmem_allocation& a, uint32_t session,
                                                   uint32_t slot, SlotState state, ttmem_stack stack) {
    const ledger::RowOf row = row_writers.row(thread.recorder.freed_by, session, a.pool);
    const Body body = make_body(thread, a, session, Op::kAlloc);  // GCOV_EXCL_BR_LINE: copies
    return publish<kEvents>(thread, slot, body, state, row, a.unique_id, stack);
}

// There is no memory for its history.
[[gnu::cold, gnu::noinline]] ttmem_handle publish_unwritten(Thread& thread, const ttmem_allocation& a, uint32_t session,
                                                            uint32_t slot, SlotState state, ttmem_stack stack) {
    return publish<false>(thread, a, session, slot, state, stack);
}

template <bool kEvents>
[[gnu::always_inline]] inline ttmem_result free_handle(Thread& thread, uint64_t handle) {
    return end_handle<kEvents>(thread, handle, Op::kAlloc, Op::kFree, [](uint32_t slot) {
        if (process.by_address.load(kRelaxed)) [[unlikely]]
            forget_address(slot);
    });
}

}  // namespace

template <bool kEvents>
ttmem_handle record_alloc(const ttmem_allocation* allocation, ttmem_stack stack) {
    Call call;
    if (!call.ready()) return 0;
    Thread& thread = call.thread;
    if (allocation == nullptr || !is_valid(*allocation)) [[unlikely]]
        return refuse(), 0;
    const ttmem_allocation& a = *allocation;
    uint32_t session;
    const ttmem_result found = find_session(thread, a.place, session);
    const uint32_t slot = found == TTMEM_OK ? take_slot(thread) : 0;
    if (slot == 0) [[unlikely]] {
        return found != TTMEM_INVALID ? leave_untracked(a, session) : 0;
    }
    if ((a.flags & TTMEM_BY_ADDRESS) != 0) [[unlikely]] {
        process.by_address.store(true, kRelaxed);
        address_index.add(slot, a.place, a.pool, a.address);
    }
    const SlotState state = (a.flags & TTMEM_PERSISTENT) != 0 ? SlotState::kPersistent : SlotState::kLive;
    if (kEvents && !wants_event(thread)) [[unlikely]]
        return publish_unwritten(thread, a, session, slot, state, stack);
    return publish<kEvents>(thread, a, session, slot, state, stack);
}
template ttmem_handle record_alloc<false>(const ttmem_allocation*, ttmem_stack);
template ttmem_handle record_alloc<true>(const ttmem_allocation*, ttmem_stack);

template <bool kEvents>
ttmem_result record_free(ttmem_handle handle) {
    if (ledger::handle_slot(handle) == 0) [[unlikely]]
        return free_untracked(handle);
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    return free_handle<kEvents>(call.thread, handle);
}
template ttmem_result record_free<false>(ttmem_handle);
template ttmem_result record_free<true>(ttmem_handle);

ttmem_result record_free_at(ttmem_place place, ttmem_pool pool, uint64_t address) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    if (static_cast<uint32_t>(pool) >= ledger::kPools || address >> 40 != 0) return refuse();
    const AddressIndex::Found found = address_index.take(place, pool, address);
    if (found.handle == 0) {
        if (untracked.end_at(places.session_of(place), static_cast<uint32_t>(pool))) return TTMEM_OK;
        count(live_header().unknown_free);
        return TTMEM_UNKNOWN;
    }
    if (found.ambiguous) count(live_header().ambiguous_free);
    return wants_history() ? free_handle<true>(call.thread, found.handle)
                           : free_handle<false>(call.thread, found.handle);
}

ttmem_result count_untracked(ttmem_place place, ttmem_pool pool, uint64_t requested_bytes) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    if (static_cast<uint32_t>(pool) >= ledger::kPools || requested_bytes >> 44 != 0) return refuse();
    uint32_t session = 0;
    const ttmem_result found = place != 0 ? find_session(call.thread, place, session) : TTMEM_OK;
    if (found == TTMEM_INVALID) return found;
    // At least that much is reserved.
    untracked.add(session, static_cast<uint32_t>(pool), requested_bytes, requested_bytes, Untracked::End::kNever);
    return TTMEM_OK;
}

ttmem_result record_view(const ttmem_allocation* view) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    if (view == nullptr || !is_valid(*view)) return refuse();
    uint32_t session;
    const ttmem_result found = find_session(call.thread, view->place, session);
    if (found != TTMEM_OK) return found;
    if (!wants_history() || !wants_event(call.thread)) return TTMEM_OK;
    ledger::record_event<RealStore>(call.thread.recorder, view->unique_id,
                                    make_body(call.thread, *view, session, Op::kView));
    if (wants_anchor(call.thread)) [[unlikely]]
        refresh_anchor();
    return TTMEM_OK;
}

ttmem_result mark_persistent(ttmem_handle handle) {
    if (handle == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    ledger::Slot* slot = slot_of(call.thread, handle);
    if (slot == nullptr) return TTMEM_UNKNOWN;
    uint64_t control = slot->control.load(std::memory_order_acquire);
    if (!is_live(control, handle) || kind_of(*slot) != Op::kAlloc) return TTMEM_UNKNOWN;
    const uint64_t order = slot->order.load(kRelaxed);
    if (ledger::control_state(control) == SlotState::kPersistent) return TTMEM_OK;
    const uint64_t marked = (control & ~uint64_t{15}) | static_cast<uint64_t>(SlotState::kPersistent);
    if (!RealStore::exchange(slot->control, control, marked)) {      // GCOV_EXCL_BR_LINE: a race
        return is_live(control, handle) ? TTMEM_OK : TTMEM_UNKNOWN;  // GCOV_EXCL_BR_LINE: a race
    }
    if (wants_history()) record_plain_event(call.thread, Op::kPersistent, handle, order >> 4 & 0xfff, order & 0xf);
    return TTMEM_OK;
}

}  // namespace ttmem::client
