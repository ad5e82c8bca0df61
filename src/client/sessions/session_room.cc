#include "src/client/sessions/session_room.h"

#include <string.h>

#include "src/client/plans/program_tables.h"
#include "src/client/sessions/past_peaks.h"
#include "src/client/sessions/retirement.h"
#include "src/client/tables/session_records.h"
#include "src/client/tables/slot.h"
#include "src/client/threads/row_writers.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

constinit SessionRoom session_room;

namespace {

using ledger::SessionRecord;
using ledger::SessionState;
using ledger::Word;

constexpr uint32_t kFreedAtOnce = 64;

// The session that was closed first after the session clock `after`, of those that `may_go`; 0: none.
template <class MayGo>
uint32_t oldest_closed(uint64_t after, const MayGo& may_go) {
    uint32_t oldest = 0;
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        const SessionRecord& record = process.map.sessions[i];
        if (state_of(record) != SessionState::kClosed || !may_go(i)) continue;
        const uint64_t closed = record.closed.load(kRelaxed);
        if (closed <= after || closed >= first) continue;  // GCOV_EXCL_BR_LINE: one is left out after a race alone
        oldest = i;
        first = closed;
    }
    return oldest;
}

// Whether all bytes are off the rows: then no free of the session is still under way, which would take them off those
// of the next session in this record.
bool rows_are_empty(uint32_t session) {
    for (const ledger::Row& row : process.map.sessions[session].rows) {
        const uint64_t bits = row.live_requested.load(std::memory_order_acquire) | row.live_reserved.load(kRelaxed);
        if (bits != 0) return false;  // GCOV_EXCL_BR_LINE: a race
    }
    return true;
}

// Whether a dispatch of this closed session may be what some core ran last, with an older one of a place that is open.
bool might_show_dispatches(uint32_t session) {
    const SessionRecord& closed = process.map.sessions[session];
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        const SessionRecord& record = process.map.sessions[i];
        if (session_records.is_open(i) && (record.chips.load(kRelaxed) & closed.chips.load(kRelaxed)) != 0 &&
            record.opened.load(kRelaxed) < closed.closed.load(kRelaxed)) {
            return true;
        }
    }
    return false;
}

}  // namespace

uint32_t SessionRoom::take_record() {
    uint32_t session = session_records.take_unused();
    if (session != 0) {
        row_writers.add(session);
        return session;
    }
    session = free_some();
    return session != 0 ? session : empty_oldest();
}

void SessionRoom::look_what_keeps() {
    memset(marks_, 0, sizeof marks_);
    for_each_live_allocation([this](uint32_t, uint64_t, uint64_t order) { marks_[session_of(order)] |= kHasSlots; });
    mark_planned_sessions(marks_);
}

// Frees some records of closed sessions that nobody may ask for, the oldest, so that the scan is paid for by many
// opens. Returns one of them.
uint32_t SessionRoom::free_some() {
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        if (state_of(process.map.sessions[i]) == SessionState::kFree) return i;
    }
    look_what_keeps();
    uint32_t found = 0;
    for (uint32_t freed = 0; freed < kFreedAtOnce; ++freed) {
        const uint32_t oldest = oldest_closed(0, [this](uint32_t i) { return marks_[i] == 0; });
        if (oldest == 0) break;
        marks_[oldest] = kHasSlots;             // looked at
        if (!rows_are_empty(oldest)) continue;  // GCOV_EXCL_BR_LINE: a race, a free is under way
        marks_[oldest] = kForget;
        found = oldest;
    }
    free_marked();
    return found;
}

// Rather what a close released than what lives.
uint32_t SessionRoom::empty_oldest() {
    look_what_keeps();
    for (const uint8_t keeps : {kHasHolders, uint8_t{0}}) {
        uint64_t after = 0;
        while (const uint32_t oldest = oldest_closed(after, [&](uint32_t i) { return (marks_[i] & keeps) == 0; })) {
            after = process.map.sessions[oldest].closed.load(kRelaxed);
            retire_session(oldest);
            if (!rows_are_empty(oldest)) continue;  // GCOV_EXCL_BR_LINE: a race, a free is under way there
            marks_[oldest] |= kForget;
            free_marked();
            return oldest;
        }
    }
    return 0;
}

void SessionRoom::forget_marked_plans() {
    forget_plans(marks_);
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        if ((marks_[i] & kHadPairs) != 0 && might_show_dispatches(i)) count(live_header().dispatches_forgotten);
    }
}

// The records of sessions that are marked with kForget are free.
void SessionRoom::free_marked() {
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        if ((marks_[i] & kForget) != 0) fold_peaks(i);
    }
    forget_marked_plans();
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        if ((marks_[i] & kForget) == 0) continue;
        SessionRecord& record = process.map.sessions[i];
        const uint64_t generation = generation_of(record);
        record.control.store(with_state(generation + 1, SessionState::kFree), kRelease);
        ledger::RealStore::fence();
        for (ledger::Row& row : record.rows) {
            Word* const words[] = {&row.live_requested,    &row.live_reserved,         &row.peak_requested,
                                   &row.peak_reserved,     &row.untracked_allocations, &row.untracked_requested,
                                   &row.untracked_reserved};
            for (Word* word : words) word->store(0, kRelaxed);
        }
        for (ledger::RowUntracked& now : record.untracked_now) {
            now.most_requested.store(0, kRelaxed);  // all else of it is 0 since the close
            now.most_reserved.store(0, kRelaxed);
        }
    }
}

bool SessionRoom::make_room_for_plans() {
    LockGuard guard(process.page->book);
    if (!closed_plans_) return false;
    closed_plans_ = false;
    for (const bool any : {false, true}) {  // rather what nobody can miss
        look_what_keeps();
        bool found = false;
        for (uint32_t i = 1; i < session_records.end(); ++i) {
            if (state_of(process.map.sessions[i]) != SessionState::kClosed) continue;
            if ((marks_[i] & (kHasHolders | kHasLeftBehind)) == 0 && (any || !might_show_dispatches(i))) {
                marks_[i] |= kForget;
            }
        }
        forget_marked_plans();
        for (uint32_t i = 1; i < session_records.end(); ++i) found = found || (marks_[i] & kHadPairs) != 0;
        if (found) return true;
    }
    return false;
}

bool SessionRoom::retire_released() {
    if (!closed_.load(kRelaxed)) return false;
    LockGuard guard(process.page->book);
    if (!closed_.exchange(false, kRelaxed)) return false;  // GCOV_EXCL_BR_LINE: a race
    return retire_closed_sessions() != 0;
}

void SessionRoom::note_close() {
    closed_.store(true, kRelease);
    closed_plans_ = true;
}

void SessionRoom::reset() {
    closed_.store(false, kRelaxed);
    closed_plans_ = false;
}

}  // namespace ttmem::client
