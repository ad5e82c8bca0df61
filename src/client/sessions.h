// Sessions: one opening of one place each, with the rows that count its bytes.
//
// Records of closed sessions whose allocations are all gone are used again; their peaks are first folded into their
// chips. What a close released stays in its slots as evidence until the room is needed.
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/places.h"
#include "src/client/process.h"
#include "src/ledger/peaks.h"

namespace ttmem::client {

constexpr uint32_t kMaxSessions = 4096;  // that a slot can name
constexpr uint32_t kNoPool = 15;         // of slots that are not memory: programs

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
        if (session == 0 || pool >= ledger::kPools) return nullptr;
        if (session >= kRecords) return nullptr;  // GCOV_EXCL_BR_LINE: not in a ledger of ours
        return &process.map.sessions[session].rows[pool];
    }

    // Makes slots free that a close released, if there was a close since the last time. False: nothing came of it.
    bool retire_released();

    // A new ledger. Requires: the book's lock.
    void reset();

private:
    uint32_t take_record();
    uint32_t find_empty();
    uint32_t empty_oldest();
    template <class Which>
    uint64_t retire(const Which& which);
    void fold_peaks(uint32_t session);
    void free_record(uint32_t session);
    void close_one(Thread& thread, uint32_t session);

    static constexpr size_t kRecords = ledger::Geometry{}.sessions;

    uint32_t used_ = 0;                // records below were used
    std::atomic<bool> closed_{false};  // something was closed since the last retire_released()
    std::atomic<bool> is_open_[kMaxSessions] = {};
    uint32_t live_[kMaxSessions] = {};          // scratch: slots of each session
    ledger::SessionPeak peaks_[kRecords] = {};  // scratch
};

extern constinit Sessions sessions;

}  // namespace ttmem::client
