// The protocol of the hot path: in which order the words of one operation are stored.
//
// Any store may be the last one: a process can be killed at every instruction, and a thread can be stopped anywhere
// while the others go on. What a reader then derives must be exactly the state before or after the operation.
//
//   alloc:  redo record          what this thread is about to do
//           sequence := odd
//           slot body
//           slot control := live (generation + 1)                   <-- commit point
//           row += bytes, peak raised                               (row_counts.h)
//           event at `position`; position += 1                      (levels with events)
//           sequence := even
//   free:   the same with  control: live -> free, freed by this ring  <-- commit point, a CAS that names the winner
//
// A reader that finds `sequence` odd looks at the slot of the redo record. Its generation tells whether an alloc was
// committed, its state and ring whether a free was. Committed: it adds the event that is missing. Not committed: it
// ignores the operation. Live bytes always come from the slots; a row's peak is raised to them, which is right because
// an operation in flight may be ordered last. A freed slot goes back to the free list only after `sequence` is even, so
// the sizes of a free in flight are still in its slot.
//
// Order across threads is a Lamport number: greater than all this thread recorded and than the last of the same slot.
//
// `Store` does every store to shared memory: RealStore in the library, one that may "crash" after each store in the
// crash harness. No function here takes a lock, allocates or makes a system call. They are inlined into each kind of
// call: then the words of an operation stay in registers, which halves its cost.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/ledger/layout.h"
#include "src/ledger/row_counts.h"

namespace ttmem::ledger {

// ThreadSanitizer does not know fences; there every store is a release, which orders no less.
#if defined(__SANITIZE_THREAD__)
#define TTMEM_NO_FENCES 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TTMEM_NO_FENCES 1
#endif
#endif

struct RealStore {
#if defined(TTMEM_NO_FENCES)
    static void put(Word& word, uint64_t value) { word.store(value, std::memory_order_release); }
    static void fence() {}
#else
    static void put(Word& word, uint64_t value) { word.store(value, std::memory_order_relaxed); }
    static void fence() { std::atomic_thread_fence(std::memory_order_release); }
#endif
    static void publish(Word& word, uint64_t value) { word.store(value, std::memory_order_release); }
    static uint64_t add(Word& word, uint64_t delta) { return word.fetch_add(delta, std::memory_order_relaxed); }
    static bool exchange(Word& word, uint64_t& expected, uint64_t desired) {
        return word.compare_exchange_strong(expected, desired, std::memory_order_acq_rel, std::memory_order_acquire);
    }
};

constexpr uint16_t kNoRing = 0xffff;
constexpr uint16_t kRetired = 0xfffe;  // freed by making room, not by the application

// What one thread needs to record: private to it. The pointers lead into the ledger; `ring` of a thread that found none
// free leads to a private one, so that slots and rows stay exact while its history is counted as missed.
struct Recorder {
    RingHeader* ring = nullptr;
    Event* events = nullptr;  // nullptr: no history
    Slot* slots = nullptr;
    Word* unique_ids = nullptr;
    uint64_t lamport = 0;
    uint64_t event_mask = 0;
    uint32_t slot_count = 0;
    uint32_t owner = 0;
    uint32_t iteration = 0;
    uint16_t freed_by = 0;  // ring + 1; kNoRing without
};

constexpr uint64_t pack_redo(uint64_t position, bool wants_event, Op op) {
    return position << 16 | static_cast<uint64_t>(wants_event) << 8 | static_cast<uint64_t>(op);
}
constexpr Op redo_op(uint64_t redo) { return static_cast<Op>(redo & 0xff); }
constexpr bool redo_wants_event(uint64_t redo) { return redo >> 8 & 1; }
constexpr uint64_t redo_position(uint64_t redo) { return redo >> 16; }

namespace detail {

template <class Store>
[[gnu::always_inline]] inline void begin(RingHeader& ring, uint64_t sequence) {
    Store::publish(ring.sequence, sequence + 1);
    Store::fence();
    std::atomic_signal_fence(std::memory_order_seq_cst);  // RowOf::is_alone() is asked after it
}

template <class Store>
[[gnu::always_inline]] inline void write_event(Recorder& recorder, uint64_t position, uint64_t subject, uint64_t sum,
                                               uint32_t low, const Body& body) {
    Event& event = recorder.events[position & recorder.event_mask];
    Store::put(event.subject, subject);
    Store::put(event.check, pack_check(sum + (position + 1) * kOdd[7], low));
    Store::put(event.where, body.where);
    Store::put(event.requested, body.requested);
    Store::put(event.taken, body.taken);
    Store::put(event.who, body.who);
    Store::put(event.order, body.order);
    Store::put(event.time, body.time);
    Store::publish(recorder.ring->position, position + 1);
    // Rings are larger than the first cache: the line of a later event comes while others are written.
    __builtin_prefetch(&event + 4, 1);
}

inline uint64_t next_order(Recorder& recorder, uint64_t seen) {
    return recorder.lamport = (seen > recorder.lamport ? seen : recorder.lamport) + 1;
}

}  // namespace detail

// Publishes an allocation, program or trace in `slot`, which the caller owns. Of `body`, order's Lamport number is set
// here. `row`: none where there are no bytes to count. `unique_id`: 0 for none. Returns its handle.
template <class Store, bool kEvents>
[[gnu::always_inline]] inline uint64_t record_begin(Recorder& recorder, uint32_t slot_number, Body body,
                                                    SlotState state, RowOf row, uint64_t unique_id, uint32_t stack) {
    Slot& slot = recorder.slots[slot_number];
    RingHeader& ring = *recorder.ring;
    const uint64_t generation = next_generation(detail::load(slot.control));
    const uint64_t handle = make_handle(generation, slot_number);
    const uint64_t sequence = detail::load(ring.sequence), position = detail::load(ring.position);
    body.order |= detail::next_order(recorder, detail::load(slot.order) >> 16) << 16;
    const uint64_t sum = body_sum(handle, body);

    Store::put(ring.redo_handle, handle);
    Store::put(ring.redo_op, pack_redo(position, kEvents, body.op()));
    detail::begin<Store>(ring, sequence);
    const bool alone = row.is_alone(recorder.freed_by);
    Store::put(slot.check, pack_check(sum, stack));
    Store::put(slot.where, body.where);
    Store::put(slot.requested, body.requested);
    Store::put(slot.taken, body.taken);
    Store::put(slot.who, body.who);
    Store::put(slot.order, body.order);
    Store::put(slot.time, body.time);
    const uint64_t id = unique_id << 16 | (generation & 0xffff);
    if (unique_id != 0) Store::put(recorder.unique_ids[slot_number], id);
    Store::publish(slot.control, make_control(generation, state));
    Store::fence();
    if (row.row != nullptr) detail::add_to_row<Store>(*row.row, alone, body);
    if constexpr (kEvents) detail::write_event<Store>(recorder, position, handle, sum, stack, body);
    Store::publish(ring.sequence, sequence + 2);
    return handle;
}

// Ends what `handle` names, whose slot held `control` (live, of its generation) when the caller looked. `end` is kFree,
// kProgramEnd or kTraceEnd, `clock` its time (0 without events), `rows` finds the row of a session and pool, if there
// is one. False when another thread was faster. On true the caller owns the slot.
template <class Store, bool kEvents, class Rows>
[[gnu::always_inline]] inline bool record_end(Recorder& recorder, uint64_t handle, uint64_t control, Op end,
                                              uint64_t clock, const Rows& rows) {
    const uint32_t slot_number = static_cast<uint32_t>(handle_slot(handle));
    Slot& slot = recorder.slots[slot_number];
    RingHeader& ring = *recorder.ring;
    Body body{};
    body.order = detail::load(slot.order);
    body.time = detail::load(slot.time);
    const uint64_t sequence = detail::load(ring.sequence), position = detail::load(ring.position);
    const RowOf row = rows(body.session(), body.pool());
    body.order = (body.order & 0xffff) | detail::next_order(recorder, body.lamport()) << 16;
    body.time = pack_time(clock, body.allocation_class(), end);

    Store::put(ring.redo_handle, handle);
    Store::put(ring.redo_op, pack_redo(position, kEvents, end));
    if constexpr (kEvents) {
        Store::put(ring.redo_order, body.order);
        Store::put(ring.redo_time, body.time);
        Store::put(ring.redo_who, recorder.owner);
    }
    detail::begin<Store>(ring, sequence);
    const bool alone = row.is_alone(recorder.freed_by);
    const uint64_t freed = make_control(handle_generation(handle), SlotState::kFree, recorder.freed_by);
    if (!Store::exchange(slot.control, control, freed)) {
        Store::publish(ring.sequence, sequence);
        return false;
    }
    Store::fence();
    // The caller's slot now: nobody changes these any more, and until here they would only have filled registers.
    body.where = detail::load(slot.where);
    body.requested = detail::load(slot.requested);
    body.taken = detail::load(slot.taken);
    body.who = detail::load(slot.who);
    if (row.row != nullptr) detail::take_from_row<Store>(*row.row, alone, body);
    if constexpr (kEvents) {
        detail::write_event<Store>(recorder, position, handle, body_sum(handle, body), recorder.owner, body);
    }
    Store::publish(ring.sequence, sequence + 2);
    Store::put(slot.order, body.order);  // the slot's next owner comes after this free
    return true;
}

// Appends an event that changes no slot. Of `body`, order's Lamport number is set here.
template <class Store>
[[gnu::always_inline]] inline void record_event(Recorder& recorder, uint64_t subject, Body body, uint32_t low = 0) {
    RingHeader& ring = *recorder.ring;
    const uint64_t sequence = detail::load(ring.sequence), position = detail::load(ring.position);
    body.order |= detail::next_order(recorder, 0) << 16;
    Store::put(ring.redo_op, pack_redo(position, true, Op::kNone));
    detail::begin<Store>(ring, sequence);
    detail::write_event<Store>(recorder, position, subject, body_sum(subject, body), low, body);
    Store::publish(ring.sequence, sequence + 2);
}

}  // namespace ttmem::ledger
