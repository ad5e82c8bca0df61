#include "src/client/sessions/sessions.h"

#include <string.h>

#include "src/client/recording/handles.h"
#include "src/client/recording/programs.h"
#include "src/client/tables/address_index.h"
#include "src/client/tables/slots.h"
#include "src/client/tables/untracked.h"
#include "src/client/threads/history.h"
#include "src/client/threads/row_writers.h"

namespace ttmem::client {

constinit Sessions sessions;

namespace {

using ledger::SessionRecord;
using ledger::SessionState;
using ledger::Slot;
using ledger::Word;

constexpr uint64_t with_state(uint64_t generation, SessionState state) {
    return generation << 8 | static_cast<uint64_t>(state);
}

SessionState state_of(const SessionRecord& record) {
    return static_cast<SessionState>(record.control.load(kRelaxed) & 0xff);
}

// Calls `use(slot number, control, body's `order`)` for every live slot that is an allocation.
template <class Use>
void for_each_live(const Use& use) {
    const uint64_t end = live_header().slots_used.load(kRelaxed);
    for (uint64_t i = 1; i < end; ++i) {
        const Slot& slot = process.map.slots[i];
        const uint64_t control = slot.control.load(std::memory_order_acquire);
        if (!ledger::control_is_live(control)) continue;
        const uint64_t order = slot.order.load(kRelaxed);
        if ((order & 0xf) < ledger::kPools) use(static_cast<uint32_t>(i), control, order);
    }
}

ledger::Body body_of(const Slot& slot) {
    return {slot.where.load(kRelaxed), slot.requested.load(kRelaxed), slot.taken.load(kRelaxed),
            slot.who.load(kRelaxed),   slot.order.load(kRelaxed),     slot.time.load(kRelaxed)};
}

constexpr uint32_t kFreedAtOnce = 64;

// The session below `end` that was closed first after the session clock `after`, of those that `may_go`; 0: none.
template <class MayGo>
uint32_t oldest_closed(uint32_t end, uint64_t after, const MayGo& may_go) {
    uint32_t oldest = 0;
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 1; i < end; ++i) {
        const SessionRecord& record = process.map.sessions[i];
        if (state_of(record) != SessionState::kClosed || !may_go(i)) continue;
        const uint64_t closed = record.closed.load(kRelaxed);
        if (closed <= after || closed >= first) continue;  // GCOV_EXCL_BR_LINE: one is left out after a race alone
        oldest = i;
        first = closed;
    }
    return oldest;
}

constexpr uint32_t session_of(uint64_t order) { return order >> 4 & 0xfff; }

// Whether all bytes are off the rows: then no free of the session is still under way, which would take them off those
// of the next session in this record.
bool rows_are_empty(uint32_t session) {
    for (const ledger::Row& row : process.map.sessions[session].rows) {
        const uint64_t bits = row.live_requested.load(std::memory_order_acquire) | row.live_reserved.load(kRelaxed);
        if (bits != 0) return false;  // GCOV_EXCL_BR_LINE: a race
    }
    return true;
}

// The iterations that are open in any thread: a thread that begins or ends one now is at odds with the close anyway.
class OpenIterations {
public:
    OpenIterations() {
        for (uint64_t i = 0; i < process.map.geometry.rings; ++i) {
            for (const Word& word : process.map.rings[i].iterations) {
                const uint64_t iteration = word.load(kRelaxed) & 0xffffff;
                if (iteration != 0) numbers_[count_++] = static_cast<uint32_t>(iteration);
            }
        }
    }
    bool contain(uint32_t number) const {
        for (uint32_t i = 0; i < count_; ++i) {
            if (numbers_[i] == number) return true;
        }
        return false;
    }

private:
    uint32_t numbers_[ledger::Geometry().rings * ledger::kMaxIterationDepth];
    uint32_t count_ = 0;
};

// Whether the program or trace that held it is gone. Its slot may have another one now, which is younger.
bool holder_is_gone(const ledger::Body& body) {
    if (body.holder_slot() == 0) return false;
    const Slot& holder = process.map.slots[body.holder_slot()];
    return !ledger::control_is_live(holder.control.load(std::memory_order_acquire)) ||
           holder.order.load(kRelaxed) % 16 != kNoPool || holder.time.load(kRelaxed) >> 16 > body.clock();
}

// What docs/glossary.md calls leaked, of a live allocation.
bool has_leaked(const ledger::Body& body, uint64_t control, const OpenIterations& open) {
    if (holder_is_gone(body)) return true;
    const bool may_stay = ledger::control_state(control) == ledger::SlotState::kPersistent ||
                          body.allocation_class() == TTMEM_CLASS_PROGRAM ||
                          body.allocation_class() == TTMEM_CLASS_TRACE;
    return !may_stay && body.iteration() != 0 && !open.contain(body.iteration());
}

// Before a close, for afterwards nobody could tell what was a leak then: iterations, programs and traces end later,
// too.
void mark_leaks(uint32_t session) {
    const OpenIterations open;
    for_each_live([&](uint32_t number, uint64_t control, uint64_t order) {
        if (session_of(order) != session) return;
        Slot& slot = process.map.slots[number];
        if (!has_leaked(body_of(slot), control, open)) return;
        // Whoever frees or marks it at this moment is faster.
        slot.control.compare_exchange_strong(control, control | ledger::kLeakedBeforeClose << 4,
                                             std::memory_order_acq_rel);
    });
}

// Whether anything ever was in this row, in the ledger or not.
bool has_peak(const SessionRecord& record, uint32_t pool) {
    return record.rows[pool].peak_requested.load(kRelaxed) != 0 ||
           record.rows[pool].peak_reserved.load(kRelaxed) != 0 ||
           record.untracked_now[pool].most_requested.load(kRelaxed) != 0 ||
           record.untracked_now[pool].most_reserved.load(kRelaxed) != 0;
}

// Ends an allocation that nobody will come for, unless its owner does so at this moment. The bytes come off its row,
// too.
bool end_released(uint32_t number, uint64_t control) {
    Slot& slot = process.map.slots[number];
    const ledger::Body body = body_of(slot);
    const uint64_t was = control;
    const uint64_t freed =
        ledger::make_control(ledger::control_generation(control), ledger::SlotState::kFree, ledger::kRetired);
    const bool ended = slot.control.compare_exchange_strong(control, freed, std::memory_order_acq_rel);
    if (!ended) return false;  // GCOV_EXCL_BR_LINE: a race
    row_writers.take(this_thread.recorder.freed_by, body);
    const uint64_t chips = process.map.sessions[body.session()].chips.load(kRelaxed);
    if (ledger::control_is_leaked(was)) count(live_header().leaks_forgotten);
    remember_retired(number, ledger::control_generation(was));
    count(live_header().retired_allocations);
    count(live_header().retired_bytes, body.requested_bytes() * static_cast<uint64_t>(__builtin_popcountll(chips)));
    if (process.by_address.load(kRelaxed)) address_index.remove(number);
    return true;
}

}  // namespace

uint32_t Sessions::open(Thread& thread, ttmem_place place, bool& known) {
    LockGuard guard(process.page->book);
    const Place* description = places.find(place);
    known = description != nullptr;
    if (!known) return 0;
    if (const uint32_t session = places.session_of(place)) return session;
    const uint32_t session = take_record();
    if (session == 0) {
        count(live_header().sessions_full);
        return 0;
    }
    SessionRecord& record = process.map.sessions[session];
    const uint64_t generation = (record.control.load(kRelaxed) >> 8) + 1;
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
    is_open_[session].store(true, kRelease);
    places.set_session(place, session);
    if (wants_history()) record_plain_event(thread, ledger::Op::kSessionOpen, place, session);
    return session;
}

ttmem_result Sessions::close(Thread& thread, ttmem_place place) {
    LockGuard guard(process.page->book);
    if (places.find(place) == nullptr) return TTMEM_INVALID;
    // Sessions are few, places may be thousands: look at the records.
    bool any = false;
    for (uint32_t session = 1; session < used_; ++session) {
        if (!is_open(session)) continue;
        const SessionRecord& record = process.map.sessions[session];
        const auto id = static_cast<ttmem_place>(record.place.load(kRelaxed));
        if (id != place && record.parent.load(kRelaxed) != place) continue;
        places.set_session(id, 0);  // first: nothing more is to be recorded there
        close_one(thread, session);
        any = true;
    }
    return any ? TTMEM_OK : TTMEM_UNKNOWN;
}

void Sessions::close_one(Thread& thread, uint32_t session) {
    SessionRecord& record = process.map.sessions[session];
    mark_leaks(session);  // whatever its rows say: an allocation may have no bytes
    const uint64_t clock = live_header().session_clock.load(kRelaxed) + 1;
    record.closed.store(clock, kRelaxed);
    record.closed_time.store(process.clock.now(), kRelaxed);
    live_header().session_clock.store(clock, kRelease);
    const uint64_t generation = record.control.load(kRelaxed) >> 8;
    record.control.store(with_state(generation, SessionState::kClosed), kRelease);
    is_open_[session].store(false, kRelease);
    closed_.store(true, kRelease);
    untracked.release(session);
    closed_plans_ = true;
    if (wants_history()) {
        record_plain_event(thread, ledger::Op::kSessionClose, static_cast<uint32_t>(record.place.load(kRelaxed)),
                           session);
    }
}

// A record that never was used; else one whose session is closed and has nothing that anybody may ask for; else the
// oldest closed one.
uint32_t Sessions::take_record() {
    if (reach(used_)) {
        row_writers.add(used_);
        live_header().sessions_used.store(used_ + 1, kRelease);
        return used_++;
    }
    const uint32_t session = free_some();
    return session != 0 ? session : empty_oldest();
}

bool Sessions::reach(uint32_t session) {
    return session < process.map.geometry.sessions && table_.reach((session + 1) * sizeof(SessionRecord));
}

void Sessions::look_what_keeps() {
    memset(marks_, 0, sizeof marks_);
    for_each_live([this](uint32_t, uint64_t, uint64_t order) { marks_[session_of(order)] |= kHasSlots; });
    mark_planned_sessions(marks_);
}

// Frees some records of closed sessions that nobody may ask for, the oldest, so that the scan is paid for by many
// opens. Gives one of them.
uint32_t Sessions::free_some() {
    for (uint32_t i = 1; i < used_; ++i) {
        if (state_of(process.map.sessions[i]) == SessionState::kFree) return i;
    }
    look_what_keeps();
    uint32_t found = 0;
    for (uint32_t freed = 0; freed < kFreedAtOnce; ++freed) {
        const uint32_t oldest = oldest_closed(used_, 0, [this](uint32_t i) { return marks_[i] == 0; });
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
uint32_t Sessions::empty_oldest() {
    look_what_keeps();
    for (const uint8_t keeps : {kHasHolders, uint8_t{0}}) {
        uint64_t after = 0;
        while (const uint32_t oldest =
                   oldest_closed(used_, after, [&](uint32_t i) { return (marks_[i] & keeps) == 0; })) {
            after = process.map.sessions[oldest].closed.load(kRelaxed);
            retire([oldest](uint32_t session) { return session == oldest; });
            if (!rows_are_empty(oldest)) continue;  // GCOV_EXCL_BR_LINE: a race, a free is under way there
            marks_[oldest] |= kForget;
            free_marked();
            return oldest;
        }
    }
    return 0;
}

void Sessions::forget_marked_programs() {
    forget_programs(marks_);
    for (uint32_t i = 1; i < used_; ++i) {
        if ((marks_[i] & kHadPairs) != 0 && might_show_dispatches(i)) count(live_header().dispatches_forgotten);
    }
}

// The records of sessions that are marked with kForget are free.
void Sessions::free_marked() {
    for (uint32_t i = 1; i < used_; ++i) {
        if ((marks_[i] & kForget) != 0) fold_peaks(i);
    }
    forget_marked_programs();
    for (uint32_t i = 1; i < used_; ++i) {
        if ((marks_[i] & kForget) == 0) continue;
        SessionRecord& record = process.map.sessions[i];
        const uint64_t generation = record.control.load(kRelaxed) >> 8;
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

bool Sessions::make_room_for_plans() {
    LockGuard guard(process.page->book);
    if (!closed_plans_) return false;
    closed_plans_ = false;
    for (const bool any : {false, true}) {  // rather what nobody can miss
        look_what_keeps();
        bool found = false;
        for (uint32_t i = 1; i < used_; ++i) {
            if (state_of(process.map.sessions[i]) != SessionState::kClosed) continue;
            if ((marks_[i] & (kHasHolders | kHasLeftBehind)) == 0 && (any || !might_show_dispatches(i))) {
                marks_[i] |= kForget;
            }
        }
        forget_marked_programs();
        for (uint32_t i = 1; i < used_; ++i) found = found || (marks_[i] & kHadPairs) != 0;
        if (found) return true;
    }
    return false;
}

// Whether a dispatch of this closed session may be what some core ran last, with an older one of a place that is open.
bool Sessions::might_show_dispatches(uint32_t session) const {
    const SessionRecord& closed = process.map.sessions[session];
    for (uint32_t i = 1; i < used_; ++i) {
        const SessionRecord& record = process.map.sessions[i];
        if (is_open(i) && (record.chips.load(kRelaxed) & closed.chips.load(kRelaxed)) != 0 &&
            record.opened.load(kRelaxed) < closed.closed.load(kRelaxed)) {
            return true;
        }
    }
    return false;
}

// Before a record is used again: the peaks of its chips with it, so that they are not forgotten. What was open at the
// same time counts with its peak until now, which is not less than its peak then. What found no room in the ledger may
// have come on top. Requires: no record below used_ is free.
void Sessions::fold_peaks(uint32_t session) {
    const SessionRecord& folded = process.map.sessions[session];
    const uint64_t opened = folded.opened.load(kRelaxed), closed = folded.closed.load(kRelaxed);
    size_t overlapping = 0;
    for (uint32_t i = 1; i < used_; ++i) {
        const SessionRecord& record = process.map.sessions[i];
        const bool before = state_of(record) == SessionState::kClosed && record.closed.load(kRelaxed) <= opened;
        if (!before && record.opened.load(kRelaxed) < closed) overlapping_[overlapping++] = static_cast<uint16_t>(i);
    }
    for (uint64_t chips = folded.chips.load(kRelaxed); chips != 0; chips &= chips - 1) {
        const int chip = __builtin_ctzll(chips);
        for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
            if (!has_peak(folded, pool)) continue;
            const auto bound = [&](Word ledger::Row::*peak, Word ledger::RowUntracked::*untracked) {
                size_t count = 0;
                for (size_t i = 0; i < overlapping; ++i) {
                    const SessionRecord& record = process.map.sessions[overlapping_[i]];
                    if ((record.chips.load(kRelaxed) >> chip & 1) == 0) continue;
                    const bool open = state_of(record) == SessionState::kOpen;
                    const uint64_t to = open ? ledger::kStillOpen : record.closed.load(kRelaxed);
                    const uint64_t more =
                        untracked != nullptr ? (record.untracked_now[pool].*untracked).load(kRelaxed) : 0;
                    peaks_[count++] = {record.opened.load(kRelaxed), to,
                                       (record.rows[pool].*peak).load(kRelaxed) + more};
                }
                return ledger::bound_peaks(peaks_, count);
            };
            const auto bounds = [&](Word ledger::Row::*peak, Word ledger::RowUntracked::*most_untracked) {
                return ledger::Bounds{bound(peak, nullptr).low, bound(peak, most_untracked).high};
            };
            const ledger::Bounds requested =
                bounds(&ledger::Row::peak_requested, &ledger::RowUntracked::most_requested);
            const ledger::Bounds reserved = bounds(&ledger::Row::peak_reserved, &ledger::RowUntracked::most_reserved);
            ledger::PastPeak& past = process.map.chips[chip].past_peaks[pool];
            ledger::detail::raise<ledger::RealStore>(past.requested_low, requested.low);
            ledger::detail::raise<ledger::RealStore>(past.requested_high, requested.high);
            ledger::detail::raise<ledger::RealStore>(past.reserved_low, reserved.low);
            ledger::detail::raise<ledger::RealStore>(past.reserved_high, reserved.high);
        }
    }
}

// Forgets the live allocations of all sessions that `which` names. Gives their number.
template <class Which>
uint64_t Sessions::retire(const Which& which) {
    uint64_t retired = 0;
    uint32_t batch[kSlotCache];
    uint32_t batched = 0;
    for_each_live([&](uint32_t number, uint64_t control, uint64_t order) {
        if (!which(session_of(order))) return;
        if (!end_released(number, control)) return;  // GCOV_EXCL_BR_LINE: a race
        ++retired;
        batch[batched++] = number;
        if (batched < kSlotCache) return;
        free_slots.give(batch, batched);
        batched = 0;
    });
    free_slots.give(batch, batched);
    return retired;
}

bool Sessions::retire_released() {
    if (!closed_.load(kRelaxed)) return false;
    LockGuard guard(process.page->book);
    if (!closed_.exchange(false, kRelaxed)) return false;  // GCOV_EXCL_BR_LINE: a race
    return retire([this](uint32_t session) { return !is_open(session); }) != 0;
}

void Sessions::reset() {
    used_ = 1;
    live_header().sessions_used.store(used_, kRelaxed);
    table_.reset(process.map.sessions, process.map.geometry.sessions * sizeof(SessionRecord));
    closed_.store(false, kRelaxed);
    closed_plans_ = false;
    for (std::atomic<bool>& open : is_open_) open.store(false, kRelaxed);
    row_writers.reset();
    places.reset();
}

}  // namespace ttmem::client
