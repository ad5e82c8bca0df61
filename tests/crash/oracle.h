// What is true about the operations of a schedule: the harness tells the oracle when each begins and ends, and the
// checker asks it what a reader may and must see between any two stores.
//
// An operation that has ended happened; one in flight may be ordered before or after the crash. So there are two
// bounds of everything: what is certain (only what must be) and what is possible (all that may be).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/ledger/layout.h"

namespace ttmem::crash {

// One call of the recorder. Of `body` the Lamport number is not known before, and is 0 here.
struct Operation {
    enum class Kind { kBegin, kEnd, kMark, kEvent };  // begins a slot, ends one, marks one persistent, or history only
    Kind kind = Kind::kEvent;
    uint64_t subject = 0;  // of a slot operation: the handle
    ledger::Body body{};
    bool wants_event = false;
    bool persistent = false;
    uint64_t unique_id = 0;
};

struct Bytes {
    uint64_t requested = 0, reserved = 0;
};

// Bounds of one row.
struct RowTruth {
    Bytes certain, possible;                    // live now
    Bytes greatest_certain, greatest_possible;  // over all moments so far
};

// An allocation, program or trace.
struct Held {
    Operation begun_by;
    bool begun = false;  // its begin has ended
    int ends_in_flight = 0;
    bool gone = false;          // an end of it has ended, or was refused because another one was faster
    bool end_recorded = false;  // the end that won has ended, so its event (if any) is among the finished
    int marks_in_flight = 0;
    bool marked = false;

    bool certain() const { return begun && !gone && ends_in_flight == 0; }
    bool possible() const { return !gone; }
};

class Oracle {
public:
    using RowKey = std::pair<uint32_t, uint32_t>;  // session, pool

    explicit Oracle(int threads) : in_flight_(threads), history_(threads) {}

    void begin(int thread, const Operation& operation);
    // `happened`: false for one that was refused because another thread was faster.
    void end(int thread, bool happened);

    int threads() const { return static_cast<int>(in_flight_.size()); }
    const std::optional<Operation>& in_flight(int thread) const { return in_flight_[thread]; }
    // Finished operations of a thread that stand in its history, in order.
    const std::vector<Operation>& history(int thread) const { return history_[thread]; }
    const std::map<uint64_t, Held>& held() const { return held_; }
    const std::map<RowKey, RowTruth>& rows() const { return rows_; }
    // Whether two operations were ever in flight at the same time.
    bool overlapped() const { return overlapped_; }
    // Ends that were refused because another one was faster.
    uint64_t refused_ends() const { return refused_ends_; }

private:
    void weigh(uint64_t handle);

    std::vector<std::optional<Operation>> in_flight_;
    std::vector<std::vector<Operation>> history_;
    std::map<uint64_t, Held> held_;
    std::map<RowKey, RowTruth> rows_;
    bool overlapped_ = false;
    uint64_t refused_ends_ = 0;
};

}  // namespace ttmem::crash
