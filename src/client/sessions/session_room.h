// Room for sessions, slots and plans, made of what closes have released.
//
// There is room for some thousand sessions. When it is used up, records of closed sessions are used again: first those
// whose allocations are all gone and that no living program or trace belongs to, whose peaks are folded into their
// chips; only then the oldest, and what is forgotten with it is counted. What a close released stays in its slots as
// evidence until the room is needed.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/plans/session_marks.h"

namespace ttmem::client {

class SessionRoom {
public:
    // A record for a new session: one that never was used; else one whose session is closed and has nothing that
    // anybody may ask for; else the oldest closed one. 0: all are open. Requires: the book's lock.
    uint32_t take_record();

    // Makes slots free that a close released, if there was a close since the last time. False: nothing came of it.
    bool retire_released();

    // Forgets what was planned and dispatched in closed sessions that no living program or trace belongs to, if there
    // was a close since the last time. False: nothing came of it.
    bool make_room_for_plans();

    // A session was closed. Requires: the book's lock.
    void note_close();

    // A new ledger. Requires: the book's lock.
    void reset();

private:
    uint32_t free_some();
    uint32_t empty_oldest();
    void look_what_keeps();
    void forget_marked_plans();
    void free_marked();

    std::atomic<bool> closed_{false};  // something was closed since the last retire_released()
    bool closed_plans_ = false;        // ... since the last make_room_for_plans()
    SessionMarks marks_ = {};          // scratch
};

extern constinit SessionRoom session_room;

}  // namespace ttmem::client
