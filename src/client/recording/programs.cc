#include "src/client/recording/programs.h"

#include "src/client/file/ledger_file.h"
#include "src/client/plans/holdings.h"
#include "src/client/plans/plans.h"
#include "src/client/process/slow_path.h"
#include "src/client/recording/handles.h"
#include "src/client/recording/traces.h"
#include "src/client/tables/texts.h"

namespace ttmem::client {
namespace {

using ledger::Body;
using ledger::Op;
using ledger::RealStore;
using ledger::SlotState;

// Whether this ledger has its regions of programs: not before somebody needs them, for many processes never do.
enum class Tables : uint8_t { kNone, kReady, kRefused };
constinit Tables tables = Tables::kNone;

ttmem_result refuse_plan() {
    count(live_header().plans_refused);
    return TTMEM_FULL;
}

[[gnu::cold]] ttmem_result count_unknown_program() {
    count(live_header().invalid);
    return TTMEM_UNKNOWN;
}

ledger::HoldingRecord& holding_record(uint32_t holding) { return process.map.holdings[holding]; }

bool add_holding(const ledger::Slot& slot, uint64_t program, ttmem_place place, uint32_t pair) {
    ledger::NewHolding holding{};
    holding.program = program;
    holding.who = slot.who.load(kRelaxed);
    holding.where = static_cast<uint64_t>(place) << 32 | (slot.taken.load(kRelaxed) & 0xffffff);
    holding.time = slot.time.load(kRelaxed) >> 16;
    holding.pair = pair;
    return holdings.add(holding);
}

// A program that gave its circular buffers back has some again.
void set_state(ledger::Slot& slot, uint64_t program, SlotState state) {
    uint64_t control = slot.control.load(kRelaxed);
    const uint64_t wanted = ledger::make_control(ledger::handle_generation(program), state);
    while (control != wanted && is_live(control, program)) {             // GCOV_EXCL_BR_LINE: a race
        if (RealStore::exchange(slot.control, control, wanted)) return;  // GCOV_EXCL_BR_LINE: a race
    }
}

uint32_t session_of_pair(uint64_t pair) { return ledger::pair_session(process.map.pairs[pair].key.load(kRelaxed)); }

// From the next dispatch on. At once where the plan in force is of a session that is over, or is this one.
void change_plan(ledger::HoldingRecord& record, uint32_t pair) {
    Holdings::settle_dispatched(record);
    const uint64_t pairs = record.pairs.load(kRelaxed), in_force = pairs >> 32;
    if (in_force == pair || session_of_pair(in_force) != session_of_pair(pair)) {
        record.pairs.store(ledger::pack_pairs(pair, 0), std::memory_order_release);
    } else if (static_cast<uint32_t>(pairs) != pair) {
        ledger::let_wait<RealStore>(record, pair, live_header().tickets.load(kRelaxed));
    }
}

// Requires: the plans' lock, the tables.
ttmem_result plan_at(ledger::Slot& slot, uint64_t program, ttmem_place place, uint32_t pair) {
    const uint32_t holding = holdings.find(program, place);
    if (holding == 0) {
        if (!add_holding(slot, program, place, pair)) return TTMEM_FULL;
    } else {
        change_plan(holding_record(holding), pair);
    }
    set_state(slot, program, SlotState::kLive);
    return TTMEM_OK;
}

// HOT. One store that counts, and an event.
[[gnu::always_inline]] inline void dispatch(Thread& thread, uint64_t program, uint32_t pair, uint32_t session) {
    if (pair != 0) {
        const uint64_t ticket = live_header().tickets.fetch_add(1, kRelaxed) + 1;
        ledger::raise_newest<RealStore>(process.map.pairs[pair], ticket, ledger::handle_slot(program));
    }
    if (!wants_history() || !wants_event(thread)) return;
    const uint64_t time = process.clock.recent(thread.stamp);  // GCOV_EXCL_BR_LINE: as in recent()
    const Body body{0,
                    0,
                    thread.recorder.iteration,
                    ledger::pack_who(thread.recorder.owner, 0),
                    ledger::pack_order(0, session, kNoPool),
                    ledger::pack_time(time, 0, Op::kDispatch)};
    ledger::record_event<RealStore>(thread.recorder, program, body);
    if (wants_anchor(thread)) [[unlikely]]
        refresh_anchor();
}

}  // namespace

bool prepare_program_tables() {
    if (tables != Tables::kNone) return tables == Tables::kReady;
    const bool room = !process.events_are_lazy || populate(process.map.plans, process.map.geometry.program_bytes());
    tables = room && plans.prepare() && holdings.prepare() ? Tables::kReady : Tables::kRefused;
    return tables == Tables::kReady;
}

ttmem_handle program_created(ttmem_text name, uint64_t unique_id) {
    Call call;
    if (!call.ready()) return 0;
    Thread& thread = call.thread;
    if (unique_id >> 48 != 0 || !texts.is_known(name)) return refuse(), 0;
    const uint32_t slot = take_slot(thread);
    if (slot == 0) {
        count(live_header().untracked_allocations);
        return 0;
    }
    return publish_owner(thread, slot,
                         {unique_id << 16, ledger::pack_requested(live_header().tickets.load(kRelaxed), 0),
                          ledger::pack_taken(0, thread.recorder.iteration),
                          ledger::pack_who(thread.recorder.owner, name), ledger::pack_order(0, 0, kNoPool),
                          ledger::pack_time(process.clock.now(thread.stamp), TTMEM_CLASS_PROGRAM, Op::kProgram)});
}

ttmem_result program_planned(ttmem_handle program, ttmem_place place, const ttmem_circular_buffer* buffers,
                             uint32_t buffer_count) {
    if (program == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    Thread& thread = call.thread;
    ledger::Slot* slot = live_slot_of(thread, program, Op::kProgram);
    if (slot == nullptr) return count_unknown_program();
    if (!Plans::is_valid(buffers, buffer_count)) return refuse();
    uint32_t session;
    const ttmem_result found = find_session(thread, place, session);
    if (found != TTMEM_OK) return found == TTMEM_FULL ? refuse_plan() : found;
    const auto plan = [&] {
        LockGuard guard(process.page->plans);
        if (places.session_of(place) != session) return TTMEM_UNKNOWN;  // GCOV_EXCL_BR_LINE: a race, it was closed
        if (!prepare_program_tables()) return TTMEM_FULL;
        const uint32_t pair = plans.find_or_add(buffers, buffer_count, session);
        return pair != 0 ? plan_at(*slot, program, place, pair) : TTMEM_FULL;
    };
    const SlowPath slow;
    ttmem_result planned = plan();
    if (planned == TTMEM_FULL && sessions.make_room_for_plans()) planned = plan();
    if (planned == TTMEM_FULL) return refuse_plan();
    if (planned != TTMEM_OK) return planned;  // GCOV_EXCL_BR_LINE: a race
    if (wants_history()) record_plain_event(thread, Op::kCbPlan, program, session, kNoPool);
    return TTMEM_OK;
}

// The holding's pair in this session, the program's plan followed there. 0 without; `full`: there is no room for it.
static uint32_t pair_in_session(uint64_t program, ttmem_place place, uint32_t session, bool& changes, bool& full) {
    LockGuard guard(process.page->plans);
    full = false;
    const uint32_t holding = holdings.find(program, place);
    if (holding == 0 || places.session_of(place) != session) return 0;  // GCOV_EXCL_BR_LINE: a race
    ledger::HoldingRecord& record = holding_record(holding);
    const uint64_t pairs = record.pairs.load(kRelaxed);
    changes = static_cast<uint32_t>(pairs) != 0;
    const uint32_t wanted = static_cast<uint32_t>(changes ? pairs : pairs >> 32);
    if (session_of_pair(wanted) == session) return wanted;
    const uint32_t pair = plans.find_or_add_again(wanted, session);
    full = pair == 0;
    if (full) return 0;
    // The old session is closed: nothing that was in force there is lost.
    record.pairs.store(ledger::pack_pairs(pair, 0), std::memory_order_release);
    changes = false;
    return pair;
}

[[gnu::cold, gnu::noinline]] static uint32_t follow_place(Thread& thread, uint64_t program, ttmem_place place,
                                                          bool& changes) {
    uint32_t session;
    if (find_session(thread, place, session) != TTMEM_OK) return 0;
    bool full;
    uint32_t pair = pair_in_session(program, place, session, changes, full);
    if (full && sessions.make_room_for_plans()) pair = pair_in_session(program, place, session, changes, full);
    if (full) refuse_plan();
    return pair;
}

uint32_t pair_to_dispatch(Thread& thread, uint64_t program, ttmem_place place, bool& changes) {
    changes = false;
    const uint64_t pairs = holdings.pairs_now(program, place);
    if (pairs == 0) return 0;
    if (static_cast<uint32_t>(pairs) == 0 && sessions.is_open(session_of_pair(pairs >> 32))) [[likely]]
        return static_cast<uint32_t>(pairs >> 32);
    return follow_place(thread, program, place, changes);
}

void settle_plan(uint64_t program, ttmem_place place, uint32_t pair) {
    LockGuard guard(process.page->plans);
    const uint32_t holding = holdings.find(program, place);
    if (holding == 0) return;  // GCOV_EXCL_BR_LINE: a race
    ledger::Word& pairs = holding_record(holding).pairs;
    if (static_cast<uint32_t>(pairs.load(kRelaxed)) == pair) {  // GCOV_EXCL_BR_LINE: a race
        pairs.store(ledger::pack_pairs(pair, 0), std::memory_order_release);
    }
}

ttmem_result program_dispatched(ttmem_handle program, ttmem_place place) {
    if (program == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    Thread& thread = call.thread;
    if (live_slot_of(thread, program, Op::kProgram) == nullptr) [[unlikely]]
        return count_unknown_program();
    if (thread.capture.place != 0) [[unlikely]] {
        if (traces.captures(thread, place)) return traces.add(thread, program, place);
    }
    bool changes;
    const uint32_t pair = pair_to_dispatch(thread, program, place, changes);
    uint32_t session = places.session_of(place);
    if (session == 0) [[unlikely]] {
        const ttmem_result found = find_session(thread, place, session);
        if (found != TTMEM_OK) return found;
    }
    dispatch(thread, program, pair, session);
    if (changes) [[unlikely]]
        settle_plan(program, place, pair);
    return TTMEM_OK;
}

ttmem_result program_cbs_freed(ttmem_handle program) {
    if (program == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    ledger::Slot* slot = live_slot_of(call.thread, program, Op::kProgram);
    if (slot == nullptr) return count_unknown_program();
    if (!holdings.any(ledger::handle_slot(program))) return TTMEM_OK;
    {
        LockGuard guard(process.page->plans);
        set_state(*slot, program, SlotState::kCbsFreed);
        holdings.give_back(ledger::handle_slot(program));
    }
    if (wants_history()) record_plain_event(call.thread, Op::kCbsFreed, program, 0, kNoPool);
    return TTMEM_OK;
}

ttmem_result program_destroyed(ttmem_handle program) {
    if (program == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const uint64_t slot = ledger::handle_slot(program);
    if (live_slot_of(call.thread, program, Op::kProgram) != nullptr && holdings.any(slot)) {
        LockGuard guard(process.page->plans);
        const bool lives = live_slot_of(call.thread, program, Op::kProgram) != nullptr;
        if (lives) holdings.give_back_closed(slot);  // GCOV_EXCL_BR_LINE: a race
    }
    const auto leave_behind = [](uint32_t number) {
        if (!holdings.any(number)) return;
        LockGuard guard(process.page->plans);
        holdings.leave_behind(number);
    };
    return wants_history() ? end_handle<true>(call.thread, program, Op::kProgram, Op::kProgramEnd, leave_behind)
                           : end_handle<false>(call.thread, program, Op::kProgram, Op::kProgramEnd, leave_behind);
}

ttmem_result program_cache_cleared(ttmem_place place) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const uint32_t session = places.session_of(place);
    if (session == 0) return TTMEM_UNKNOWN;
    if (wants_history()) record_plain_event(call.thread, Op::kCacheCleared, place, session, kNoPool);
    return TTMEM_OK;
}

void reset_programs() {
    tables = Tables::kNone;
    holdings.reset();
}

void forget_programs(SessionMarks& marks) {
    LockGuard guard(process.page->plans);
    if (tables != Tables::kReady) return;
    ledger::LiveHeader& live = live_header();
    const Holdings::Forgotten forgotten = holdings.forget(marks);
    count(live.plans_forgotten, forgotten.living + traces.forget(marks));
    count(live.leaks_forgotten, forgotten.left_behind);
    plans.forget(marks);
}

void mark_planned_sessions(SessionMarks& marks) {
    LockGuard guard(process.page->plans);
    if (tables != Tables::kReady) return;
    holdings.mark_sessions(marks);
    traces.mark_sessions(marks);
}

}  // namespace ttmem::client
