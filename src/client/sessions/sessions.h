// Sessions: one opening of one place each, with the rows that count its bytes.
//
// There is room for some thousand sessions. When it is used up, records of closed sessions are used again: first those
// whose allocations are all gone and that no living program or trace belongs to, whose peaks are folded into their
// chips; only then the oldest, and what is forgotten with it is counted. What a close released stays in its slots as
// evidence until the room is needed.
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/process/process.h"
#include "src/client/tables/growing.h"
#include "src/client/tables/places.h"
#include "src/client/tables/session_marks.h"
#include "src/ledger/peaks.h"

namespace ttmem::client {

constexpr uint32_t kNoPool = 15;  // of slots that are not memory: programs

struct Thread;

class Sessions {
public:
    // The session that is open at the place now. 0 when the place is not known (`known` tells) or all records are open.
    uint32_t open(Thread& thread, ttmem_place place, bool& known);

    // Closes the place and its parts. TTMEM_UNKNOWN when none of them was open, TTMEM_INVALID for an unknown place.
    ttmem_result close(Thread& thread, ttmem_place place);

    // HOT, no lock.
    bool is_open(uint32_t session) const { return is_open_[session].load(std::memory_order_relaxed); }
    static ledger::Row* row(uint32_t session, uint32_t pool) {
        if (session == 0) return nullptr;
        if (pool >= ledger::kPools || session >= kRecords) return nullptr;  // GCOV_EXCL_BR_LINE: not in one of ours
        return &process.map.sessions[session].rows[pool];
    }

    // Makes slots free that a close released, if there was a close since the last time. False: nothing came of it.
    bool retire_released();

    // Forgets what was planned and dispatched in closed sessions that no living program or trace belongs to, if there
    // was a close since the last time. False: nothing came of it.
    bool make_room_for_plans();

    // A new ledger. Requires: the book's lock.
    void reset();

private:
    uint32_t take_record();
    bool reach(uint32_t session);
    uint32_t free_some();
    uint32_t empty_oldest();
    void look_what_keeps();
    void forget_marked_programs();
    void free_marked();
    bool might_show_dispatches(uint32_t session) const;
    template <class Which>
    uint64_t retire(const Which& which);
    void fold_peaks(uint32_t session);
    void close_one(Thread& thread, uint32_t session);

    static constexpr size_t kRecords = ledger::Geometry{}.sessions;

    uint32_t used_ = 0;                // records below were used
    std::atomic<bool> closed_{false};  // something was closed since the last retire_released()
    bool closed_plans_ = false;        // ... since the last make_room_for_plans()
    std::atomic<bool> is_open_[kMaxSessions] = {};
    Growing table_;
    SessionMarks marks_ = {};                   // scratch
    uint16_t overlapping_[kRecords] = {};       // scratch
    ledger::SessionPeak peaks_[kRecords] = {};  // scratch
};

extern constinit Sessions sessions;

}  // namespace ttmem::client
