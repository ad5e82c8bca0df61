// One schedule: a few logical threads that record random operations into one small ledger with src/ledger/recorder.h,
// and tell the oracle what they do.
//
// World plays the client library's part where that is private to the process: it owns the list of free slots and the
// handles of the application, and knows which thread has which row for itself. All else that the threads touch is the
// ledger, through `Store`.
#pragma once

#include <atomic>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "src/ledger/recorder.h"
#include "tests/crash/fibers.h"
#include "tests/crash/ledger_memory.h"
#include "tests/crash/oracle.h"
#include "tests/crash/stores.h"

namespace ttmem::crash {

struct Plan {
    uint64_t seed = 0;
    int threads = 2;
    int operations = 7;  // of each thread
    int ringless = 2;    // threads from this one on have no ring
    bool events = true;  // the level
    uint64_t ring_events = 8;
    uint32_t sessions = 2;
    bool owned_rows = false;  // each has one writer until a second one comes (client/threads/row_writers.h)

    // All that the seed decides.
    static Plan from_seed(uint64_t seed, int threads);
};

template <class Store>
class World {
public:
    explicit World(const Plan& plan);

    Fibers& fibers() { return fibers_; }
    const LedgerMemory& memory() const { return memory_; }
    const Oracle& oracle() const { return oracle_; }
    const Plan& plan() const { return plan_; }

private:
    using Kind = Operation::Kind;

    void live(int thread);  // a thread's life
    void step(int thread);  // one operation, chosen at random

    void allocate(int thread);
    void create_program(int thread);
    void begin_slot(int thread, Operation operation);
    void end_handle(int thread, uint64_t handle, ledger::Op end);
    void end_any(int thread, bool again);
    void mark(int thread);
    void append(int thread, ledger::Op op);

    // A thread, as in Recorder::freed_by, or one of these.
    using Writer = std::atomic<uint16_t>;
    static constexpr uint16_t kNobody = 0, kChanging = 0xfffb, kEverybody = 0xfffd;
    ledger::RowOf row_of(int thread, uint32_t session, uint32_t pool);
    void settle(int thread, Writer& writer);

    ledger::Body random_body(ledger::Op op, uint32_t session);
    uint64_t pick(uint64_t count) { return random_() % count; }

    const Plan plan_;
    LedgerMemory memory_;
    Oracle oracle_;
    Fibers fibers_;
    std::mt19937_64 random_;
    std::vector<ledger::Recorder> recorders_;
    std::vector<ledger::RingHeader> private_rings_;  // of the threads that have none in the ledger
    std::vector<uint32_t> free_slots_;
    std::vector<uint64_t> handles_;                            // that the application holds, and believes live
    std::vector<uint64_t> stale_;                              // that it has freed
    std::map<std::pair<uint32_t, uint32_t>, Writer> writers_;  // by session and pool
    uint64_t clock_ = 0;
};

// ---- set-up ---------------------------------------------------------------------------------------------------------

constexpr uint64_t kSlots = 9;  // few, so that they are used again and again; slot 0 is not used

inline Plan Plan::from_seed(uint64_t seed, int threads) {
    std::mt19937_64 random(seed * 2654435761u + threads);
    Plan plan;
    plan.seed = seed;
    plan.threads = threads;
    plan.ring_events = 2ull << random() % 4;
    plan.ringless = random() % 8 == 0 ? threads - 1 : threads;
    plan.events = random() % 8 != 0;
    plan.sessions = 1 + random() % 2;
    plan.owned_rows = random() % 2 == 0 && plan.ringless == threads;
    return plan;
}

template <class Store>
World<Store>::World(const Plan& plan)
    : plan_(plan),
      memory_({.slots = kSlots,
               .rings = 4,
               .events_per_ring = plan.ring_events,
               .text_bytes = 512,
               .owners = 16,
               .sessions = 4,
               .failures = 4}),
      oracle_(plan.threads),
      random_(plan.seed),
      recorders_(plan.threads),
      private_rings_(plan.threads) {
    memory_.add_chip();
    for (uint32_t session = 1; session <= plan.sessions; ++session) memory_.open_session(session);
    const ledger::WriterMap& map = memory_.map();
    map.header->live.slots_used = kSlots;
    map.header->live.level = plan.events ? 2 : 1;
    StoreContext::map = &map;
    HeldStores::clear();
    for (uint32_t slot = kSlots - 1; slot > 0; --slot) free_slots_.push_back(slot);
    for (int thread = 0; thread < plan.threads; ++thread) {
        const bool has_ring = thread < plan.ringless;
        ledger::Recorder& recorder = recorders_[thread];
        recorder.ring = has_ring ? &map.rings[thread] : &private_rings_[thread];
        recorder.events = has_ring ? map.ring_events(thread) : nullptr;
        recorder.slots = map.slots;
        recorder.unique_ids = map.unique_ids;
        recorder.event_mask = plan.ring_events - 1;
        recorder.slot_count = kSlots;
        recorder.freed_by = has_ring ? static_cast<uint16_t>(thread + 1) : ledger::kNoRing;
        fibers_.add([this, thread] { live(thread); });
    }
    for (uint32_t session = 1; session <= plan.sessions && plan.owned_rows; ++session) {
        for (uint32_t pool = 0; pool < 2; ++pool) writers_[{session, pool}] = kNobody;
    }
}

// ---- rows -----------------------------------------------------------------------------------------------------------

template <class Store>
ledger::RowOf World<Store>::row_of(int thread, uint32_t session, uint32_t pool) {
    if (session == 0 || session > plan_.sessions || pool >= ledger::kPools) return {};
    ledger::Row* row = &memory_.map().sessions[session].rows[pool];
    const auto found = writers_.find({session, pool});
    if (found == writers_.end()) return row;
    settle(thread, found->second);
    return {row, &found->second};
}

// A lock of the library's stands around this, which is why the others wait.
template <class Store>
void World<Store>::settle(int thread, Writer& writer) {
    const uint16_t me = recorders_[thread].freed_by;
    while (writer == kChanging) Fibers::yield();
    const uint16_t now = writer;
    if (now == me || now == kEverybody) return;
    if (now == kNobody) {
        writer = me;
        return;
    }
    writer = kChanging;
    const Word& sequence = recorders_[now - 1].ring->sequence;
    while (Store::kPlanted != Bug::kRowTakenWithoutWaiting && sequence % 2 != 0) Fibers::yield();
    writer = kEverybody;
}

// ---- what a thread does ---------------------------------------------------------------------------------------------

template <class Store>
void World<Store>::live(int thread) {
    for (int i = 0; i < plan_.operations; ++i) {
        step(thread);
        Fibers::yield();  // the others may use what this one gave back, before it does anything else
        Store::settle();
    }
}

template <class Store>
void World<Store>::step(int thread) {
    const uint64_t choice = pick(16);
    if (choice < 6) return allocate(thread);
    if (choice < 10) return end_any(thread, false);
    if (choice < 12) return end_any(thread, true);
    if (choice < 13) return create_program(thread);
    if (choice < 14) return mark(thread);
    append(thread, choice < 15 ? ledger::Op::kView : ledger::Op::kOpBegin);
}

template <class Store>
ledger::Body World<Store>::random_body(ledger::Op op, uint32_t session) {
    const uint64_t banks = 1 + pick(12);
    return {ledger::pack_where(random_() >> 30, banks, 1 + pick(banks)),
            ledger::pack_requested(op == ledger::Op::kAlloc ? 1 + pick(5000) : 0, 0),
            ledger::pack_taken(op == ledger::Op::kAlloc ? 32 * (1 + pick(50)) : 0, pick(3)),
            ledger::pack_who(0, 32 << pick(7)),
            ledger::pack_order(0, session, pick(2)),
            ledger::pack_time(++clock_, pick(5), op)};
}

template <class Store>
void World<Store>::allocate(int thread) {
    Operation operation;
    operation.body = random_body(ledger::Op::kAlloc, static_cast<uint32_t>(1 + pick(plan_.sessions)));
    operation.persistent = pick(8) == 0;
    operation.unique_id = pick(2) * (1 + pick(1000));
    begin_slot(thread, operation);
}

template <class Store>
void World<Store>::create_program(int thread) {
    Operation operation;
    operation.body = random_body(ledger::Op::kProgram, 0);
    begin_slot(thread, operation);
}

template <class Store>
void World<Store>::begin_slot(int thread, Operation operation) {
    if (free_slots_.empty()) return end_any(thread, false);
    const uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    const uint64_t generation = ledger::control_generation(memory_.map().slots[slot].control) + 1;
    operation.kind = Kind::kBegin;
    operation.subject = ledger::make_handle(generation, slot);
    operation.wants_event = plan_.events && thread < plan_.ringless;
    oracle_.begin(thread, operation);
    const ledger::Body& body = operation.body;
    const auto state = operation.persistent ? ledger::SlotState::kPersistent : ledger::SlotState::kLive;
    ledger::Recorder& recorder = recorders_[thread];
    const ledger::RowOf row =
        body.op() == ledger::Op::kAlloc ? row_of(thread, body.session(), body.pool()) : ledger::RowOf();
    const uint64_t handle =
        operation.wants_event
            ? ledger::record_begin<Store, true>(recorder, slot, body, state, row, operation.unique_id, 0)
            : ledger::record_begin<Store, false>(recorder, slot, body, state, row, operation.unique_id, 0);
    oracle_.end(thread, true);
    if (handle == operation.subject) handles_.push_back(handle);
}

// `again`: free a handle that may be freed already, or that another thread may be freeing at the same moment.
template <class Store>
void World<Store>::end_any(int thread, bool again) {
    if (again && !stale_.empty() && pick(2) == 0)
        return end_handle(thread, stale_[pick(stale_.size())], ledger::Op::kFree);
    if (handles_.empty()) return append(thread, ledger::Op::kOpEnd);
    const size_t index = pick(handles_.size());
    const uint64_t handle = handles_[index];
    if (!again) handles_.erase(handles_.begin() + static_cast<ptrdiff_t>(index));
    const auto held = oracle_.held().find(handle);
    const bool program = held != oracle_.held().end() && held->second.begun_by.body.op() == ledger::Op::kProgram;
    end_handle(thread, handle, program ? ledger::Op::kProgramEnd : ledger::Op::kFree);
}

template <class Store>
void World<Store>::end_handle(int thread, uint64_t handle, ledger::Op end) {
    const uint64_t slot = ledger::handle_slot(handle);
    const Word& control = memory_.map().slots[slot].control;
    const auto held = oracle_.held().find(handle);
    Operation operation;
    operation.kind = Kind::kEnd;
    operation.subject = handle;
    operation.wants_event = plan_.events && thread < plan_.ringless;
    if (held != oracle_.held().end()) operation.body = held->second.begun_by.body;
    operation.body.time = ledger::pack_time(++clock_, operation.body.allocation_class(), end);
    oracle_.begin(thread, operation);

    const auto rows = [&](uint32_t session, uint32_t pool) { return row_of(thread, session, pool); };
    ledger::Recorder& recorder = recorders_[thread];
    bool ended = false;
    for (uint64_t seen = control; !ended; seen = control) {
        // Refused only by another free: a mark that came in between is tried again.
        if (ledger::control_generation(seen) != ledger::handle_generation(handle) || !ledger::control_is_live(seen))
            break;
        ended = operation.wants_event
                    ? ledger::record_end<Store, true>(recorder, handle, seen, end, operation.body.clock(), rows)
                    : ledger::record_end<Store, false>(recorder, handle, seen, end, operation.body.clock(), rows);
    }
    oracle_.end(thread, ended);
    if (!ended) return;
    std::erase(handles_, handle);
    stale_.push_back(handle);
    free_slots_.push_back(static_cast<uint32_t>(slot));
}

template <class Store>
void World<Store>::mark(int thread) {
    if (handles_.empty()) return append(thread, ledger::Op::kView);
    const uint64_t handle = handles_[pick(handles_.size())];
    Word& control = memory_.map().slots[ledger::handle_slot(handle)].control;
    Operation operation;
    operation.kind = Kind::kMark;
    operation.subject = handle;
    oracle_.begin(thread, operation);
    uint64_t seen = ledger::make_control(ledger::handle_generation(handle), ledger::SlotState::kLive);
    const uint64_t persistent = ledger::make_control(ledger::handle_generation(handle), ledger::SlotState::kPersistent);
    oracle_.end(thread, Store::exchange(control, seen, persistent));
}

template <class Store>
void World<Store>::append(int thread, ledger::Op op) {
    if (!plan_.events || thread >= plan_.ringless) return;
    Operation operation;
    operation.subject = 1 + pick(100);
    operation.body = random_body(op, static_cast<uint32_t>(1 + pick(plan_.sessions)));
    operation.wants_event = true;
    oracle_.begin(thread, operation);
    ledger::record_event<Store>(recorders_[thread], operation.subject, operation.body);
    oracle_.end(thread, true);
}

}  // namespace ttmem::crash
