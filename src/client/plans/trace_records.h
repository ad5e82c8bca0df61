// The records of traces: what each dispatches, once a capture has ended.
#pragma once

#include <cstdint>

#include "src/client/plans/capture.h"
#include "src/client/plans/session_marks.h"
#include "src/client/process/process.h"

namespace ttmem::client {

class TraceRecords {
public:
    static constexpr uint32_t kNoRecord = UINT32_MAX;

    // The pairs of sessions that are marked with kForget are about to be forgotten, and their traces: they stay, but
    // launch nothing any more. Returns how many of these live. Requires: the plans' lock.
    uint64_t forget(const SessionMarks& marks);
    // Marks the sessions of living traces and of what they dispatch with kHasHolders. Requires: the plans' lock.
    void mark_sessions(SessionMarks& marks) const;

    // What a capture becomes. Each pair once, where it comes last: a replay leaves no other trace of it.
    // Requires: the plans' lock. Returns the number of the record, kNoRecord when there is no room.
    uint32_t keep(const Capture& capture, uint64_t handle, uint64_t captured, uint32_t session);
    // Its dispatches of its last replay become those of its pairs. Requires: the plans' lock.
    void settle(const ledger::TraceRecord& record);

private:
    static constexpr uint32_t kPairs = ledger::Geometry{}.pairs;

    uint32_t count_distinct(const Capture& capture);
    bool find_room(uint32_t count, uint32_t& first) const;

    uint64_t seen_[kPairs / 64] = {};  // scratch: pairs
};

extern constinit TraceRecords trace_records;

}  // namespace ttmem::client
