#include "src/client/recording/dispatch.h"

#include "src/client/plans/holdings.h"
#include "src/client/plans/plans.h"
#include "src/client/recording/handles.h"
#include "src/client/sessions/session_room.h"

namespace ttmem::client {

ttmem_result refuse_plan() {
    count(live_header().plans_refused);
    return TTMEM_FULL;
}

namespace {

// The holding's pair in this session, the program's plan followed there. 0 without; `full`: there is no room for it.
uint32_t pair_in_session(uint64_t program, ttmem_place place, uint32_t session, bool& changes, bool& full) {
    LockGuard guard(process.page->plans);
    full = false;
    const uint32_t holding = holdings.find(program, place);
    if (holding == 0 || places.session_of(place) != session) return 0;  // GCOV_EXCL_BR_LINE: a race
    ledger::HoldingRecord& record = process.map.holdings[holding];
    const uint64_t pairs = record.pairs.load(kRelaxed);
    changes = static_cast<uint32_t>(pairs) != 0;
    const uint32_t wanted = static_cast<uint32_t>(changes ? pairs : pairs >> 32);
    if (Plans::session_of(wanted) == session) return wanted;
    const uint32_t pair = plans.find_or_add_again(wanted, session);
    full = pair == 0;
    if (full) return 0;
    // The old session is closed: nothing that was in force there is lost.
    record.pairs.store(ledger::pack_pairs(pair, 0), std::memory_order_release);
    changes = false;
    return pair;
}

[[gnu::cold, gnu::noinline]] uint32_t follow_place(Thread& thread, uint64_t program, ttmem_place place, bool& changes) {
    uint32_t session;
    if (find_session(thread, place, session) != TTMEM_OK) return 0;
    bool full;
    uint32_t pair = pair_in_session(program, place, session, changes, full);
    if (full && session_room.make_room_for_plans()) pair = pair_in_session(program, place, session, changes, full);
    if (full) refuse_plan();
    return pair;
}

}  // namespace

uint32_t pair_to_dispatch(Thread& thread, uint64_t program, ttmem_place place, bool& changes) {
    changes = false;
    const uint64_t pairs = holdings.pairs_now(program, place);
    if (pairs == 0) return 0;
    if (static_cast<uint32_t>(pairs) == 0 && session_records.is_open(Plans::session_of(pairs >> 32))) [[likely]]
        return static_cast<uint32_t>(pairs >> 32);
    return follow_place(thread, program, place, changes);
}

void settle_plan(uint64_t program, ttmem_place place, uint32_t pair) {
    LockGuard guard(process.page->plans);
    const uint32_t holding = holdings.find(program, place);
    if (holding == 0) return;  // GCOV_EXCL_BR_LINE: a race
    ledger::Word& pairs = process.map.holdings[holding].pairs;
    if (static_cast<uint32_t>(pairs.load(kRelaxed)) == pair) {  // GCOV_EXCL_BR_LINE: a race
        pairs.store(ledger::pack_pairs(pair, 0), std::memory_order_release);
    }
}

}  // namespace ttmem::client
