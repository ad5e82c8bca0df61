#include "src/client/recording/programs.h"

#include "src/client/plans/holdings.h"
#include "src/client/plans/plans.h"
#include "src/client/plans/program_tables.h"
#include "src/client/process/slow_path.h"
#include "src/client/recording/dispatch.h"
#include "src/client/recording/handles.h"
#include "src/client/recording/traces.h"
#include "src/client/sessions/session_room.h"
#include "src/client/tables/texts.h"

namespace ttmem::client {
namespace {

using ledger::Body;
using ledger::Op;
using ledger::ProgramState;
using ledger::RealStore;

[[gnu::cold]] ttmem_result count_unknown_program() {
    count(live_header().invalid);
    return TTMEM_UNKNOWN;
}

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
void set_state(ledger::Slot& slot, uint64_t program, ProgramState state) {
    uint64_t control = slot.control.load(kRelaxed);
    const uint64_t wanted = ledger::make_control(ledger::handle_generation(program), state);
    while (control != wanted && is_live(control, program)) {             // GCOV_EXCL_BR_LINE: a race
        if (RealStore::exchange(slot.control, control, wanted)) return;  // GCOV_EXCL_BR_LINE: a race
    }
}

// From the next dispatch on. At once where the plan in force is of a session that is over, or is this one.
void change_plan(ledger::HoldingRecord& record, uint32_t pair) {
    Holdings::settle_dispatched(record);
    const uint64_t pairs = record.pairs.load(kRelaxed), in_force = pairs >> 32;
    if (in_force == pair || Plans::session_of(in_force) != Plans::session_of(pair)) {
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
        change_plan(process.map.holdings[holding], pair);
    }
    set_state(slot, program, ProgramState::kLive);
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
                    ledger::pack_order(0, session, ledger::kNoPool),
                    ledger::pack_time(time, 0, Op::kDispatch)};
    ledger::record_event<RealStore>(thread.recorder, program, body);
    if (wants_anchor(thread)) [[unlikely]]
        refresh_anchor();
}

}  // namespace

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
    return publish_holder(
        thread, slot,
        ledger::pack_program({unique_id, live_header().tickets.load(kRelaxed), thread.recorder.iteration,
                              thread.recorder.owner, name, process.clock.now(thread.stamp)}));
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
    uint64_t number = 0;
    const auto plan = [&] {
        LockGuard guard(process.page->plans);
        if (places.session_of(place) != session) return TTMEM_UNKNOWN;  // GCOV_EXCL_BR_LINE: a race, it was closed
        if (!prepare_program_tables()) return TTMEM_FULL;
        const uint32_t pair = plans.find_or_add(buffers, buffer_count, session);
        number = Plans::plan_of(pair);
        return pair != 0 ? plan_at(*slot, program, place, pair) : TTMEM_FULL;
    };
    const SlowPath slow;
    ttmem_result planned = plan();
    if (planned == TTMEM_FULL && session_room.make_room_for_plans()) planned = plan();
    if (planned == TTMEM_FULL) return refuse_plan();
    if (planned != TTMEM_OK) return planned;  // GCOV_EXCL_BR_LINE: a race
    if (wants_history()) record_plain_event(thread, Op::kCbPlan, program, session, ledger::kNoPool, number);
    return TTMEM_OK;
}

ttmem_result program_dispatched(ttmem_handle program, ttmem_place place) {
    if (program == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    Thread& thread = call.thread;
    if (live_slot_of(thread, program, Op::kProgram) == nullptr) [[unlikely]]
        return count_unknown_program();
    if (thread.capture.place != 0) [[unlikely]] {
        if (captures(thread, place)) return capture_dispatch(thread, program, place);
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
        set_state(*slot, program, ProgramState::kCbsFreed);
        holdings.give_back(ledger::handle_slot(program));
    }
    if (wants_history()) record_plain_event(call.thread, Op::kCbsFreed, program, 0, ledger::kNoPool);
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
    if (wants_history()) record_plain_event(call.thread, Op::kCacheCleared, place, session, ledger::kNoPool);
    return TTMEM_OK;
}

}  // namespace ttmem::client
