// Traces: what one captured, and that it was replayed.
//
// A trace is a slot without bytes: `where` holds the runtime's number 48 | 0, `who` owner 32 | text of its name 32,
// `requested` the number of its record, its session is that of the captured place and its pool kNoPool.
#pragma once

#include "include/ttmem/ttmem.h"
#include "src/client/tables/session_marks.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {

ttmem_result trace_begin(ttmem_place place);
ttmem_handle trace_end(ttmem_text name, uint64_t number);
ttmem_result trace_replayed(ttmem_handle trace);
ttmem_result trace_released(ttmem_handle trace);

class Traces {
public:
    // Whether what this thread dispatches at `place` goes to its capture. Requires: it captures.
    bool captures(const Thread& thread, ttmem_place place) const;
    // One more dispatch of the capture.
    ttmem_result add(Thread& thread, ttmem_handle program, ttmem_place place);

    // The pairs of sessions that are marked with kForget are about to be forgotten, and their traces: they stay, but
    // launch nothing any more. Gives how many of these live. Requires: the plans' lock.
    uint64_t forget(const SessionMarks& marks);
    // Marks the sessions of living traces and of what they dispatch with kHasHolders. Requires: the plans' lock.
    void mark_sessions(SessionMarks& marks) const;

    // What a capture becomes. Each pair once, where it comes last: a replay leaves no other trace of it.
    // Requires: the plans' lock. Gives the number of the record, UINT32_MAX when there is no room.
    uint32_t keep(const Capture& capture, uint64_t handle, uint64_t captured, uint32_t session);
    // Its dispatches of its last replay become those of its pairs. Requires: the plans' lock.
    void settle(const ledger::TraceRecord& record);

private:
    static constexpr uint32_t kPairs = ledger::Geometry{}.pairs;

    uint32_t count_distinct(const Capture& capture);
    bool find_room(uint32_t count, uint32_t& first) const;

    uint64_t seen_[kPairs / 64] = {};  // scratch: pairs
};

extern constinit Traces traces;

}  // namespace ttmem::client
