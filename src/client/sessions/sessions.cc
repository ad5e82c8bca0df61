#include "src/client/sessions/sessions.h"

#include "src/client/sessions/leaks.h"
#include "src/client/sessions/session_room.h"
#include "src/client/tables/places.h"
#include "src/client/tables/session_records.h"
#include "src/client/tables/untracked.h"
#include "src/client/threads/history.h"
#include "src/client/threads/row_writers.h"

namespace ttmem::client {
namespace {

using ledger::SessionRecord;
using ledger::SessionState;
using ledger::Word;

void close_one(Thread& thread, uint32_t session) {
    SessionRecord& record = process.map.sessions[session];
    mark_leaks(session);  // whatever its rows say: an allocation may have no bytes
    const uint64_t clock = live_header().session_clock.load(kRelaxed) + 1;
    record.closed.store(clock, kRelaxed);
    record.closed_time.store(process.clock.now(), kRelaxed);
    live_header().session_clock.store(clock, kRelease);
    const uint64_t generation = generation_of(record);
    record.control.store(with_state(generation, SessionState::kClosed), kRelease);
    session_records.set_open(session, false);
    session_room.note_close();
    untracked.release(session);
    if (wants_history()) {
        record_plain_event(thread, ledger::Op::kSessionClose, static_cast<uint32_t>(record.place.load(kRelaxed)),
                           session);
    }
}

}  // namespace

uint32_t open_session(Thread& thread, ttmem_place place, bool& known) {
    LockGuard guard(process.page->book);
    const Place* description = places.find(place);
    known = description != nullptr;
    if (!known) return 0;
    if (const uint32_t session = places.session_of(place)) return session;
    const uint32_t session = session_room.take_record();
    if (session == 0) {
        count(live_header().sessions_full);
        return 0;
    }
    SessionRecord& record = process.map.sessions[session];
    const uint64_t generation = generation_of(record) + 1;
    const uint64_t clock = live_header().session_clock.load(kRelaxed) + 1;
    const uint64_t words[] = {static_cast<uint64_t>(description->kind) << 32 | place,
                              description->number,
                              description->parent,
                              description->chips,
                              description->name,
                              clock};
    Word* const fields[] = {&record.place, &record.number, &record.parent, &record.chips, &record.name, &record.opened};
    for (size_t i = 0; i < 6; ++i) fields[i]->store(words[i], kRelaxed);
    record.check.store(ledger::check_sum(words, 6), kRelaxed);
    record.opened_time.store(process.clock.now(), kRelaxed);
    live_header().session_clock.store(clock, kRelease);
    record.control.store(with_state(generation, SessionState::kOpen), kRelease);
    session_records.set_open(session, true);
    places.set_session(place, session);
    if (wants_history()) record_plain_event(thread, ledger::Op::kSessionOpen, place, session);
    return session;
}

ttmem_result close_sessions(Thread& thread, ttmem_place place) {
    LockGuard guard(process.page->book);
    if (places.find(place) == nullptr) return TTMEM_INVALID;
    // Sessions are few, places may be thousands: look at the records.
    bool any = false;
    for (uint32_t session = 1; session < session_records.end(); ++session) {
        if (!session_records.is_open(session)) continue;
        const SessionRecord& record = process.map.sessions[session];
        const auto id = static_cast<ttmem_place>(record.place.load(kRelaxed));
        if (id != place && record.parent.load(kRelaxed) != place) continue;
        places.set_session(id, 0);  // first: nothing more is to be recorded there
        close_one(thread, session);
        any = true;
    }
    return any ? TTMEM_OK : TTMEM_UNKNOWN;
}

void reset_sessions() {
    session_records.reset();
    session_room.reset();
    row_writers.reset();
    places.reset();
}

}  // namespace ttmem::client
