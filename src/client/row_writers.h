// Who changes a row of bytes, and how (ledger/row_counts.h): one thread alone, all threads together, or each from what
// it keeps of a row that is lent.
//
// Most rows are changed by one thread for most of their life, and four atomic additions are half of the cost of an
// allocation and its free; where two threads make them at the same time the row's line moves at each, which costs six
// times as much. So the first thread that needs a row has it for itself, until a second one comes and takes it away. A
// thread that was the only one to change a row for a long while has it for itself again. And where several change it by
// turns and its peak has stood still for a long while, it is lent to all of them, until somebody would raise its peak.
//
//   taking away    writer := kChanging; barrier in all threads (membarrier); wait until the old writer is not inside an
//                  operation (its ring's sequence is even); writer := kAnybody
//   taking over, lending, ending a loan
//                  the same, waiting for all threads; what threads keep goes back to the row; writer := ...
//   an operation   sequence := odd; is the row mine, anybody's, lent? else back, ask, and again; ...; sequence := even
//
// Either an operation sees that the row is not what it was, or the other thread sees the operation and waits for its
// few stores. A thread without a ring cannot be waited for: what it once changed is everybody's for ever, and so are
// all rows where the kernel has no such barrier.
//
// A loan that soon ends was not worth it: the row then has to be quiet twice as long before the next one.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/sessions.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

class RowWriters {
public:
    // HOT. The row of a session's pool for an operation that the thread known as `me` (Recorder::freed_by) is about to
    // begin; none for what is no row. Takes a lock when the writer changes.
    ledger::RowOf row(uint16_t me, uint32_t session, uint32_t pool) {
        const uint32_t index = index_of(session, pool);
        if (index >= kRows) return {};  // GCOV_EXCL_BR_LINE: not in a ledger of ours
        ledger::Row* row = rows_[index];
        if (row == nullptr) return {};
        Writer& writer = writers_[index];
        const uint16_t now = writer.load(std::memory_order_acquire);
        if (now == me) [[likely]]
            return {row, &writer};
        if (now == kLent && me != ledger::kNoRing) return {row, &writer, &kept_[me - 1][index]};
        const bool is_ready = now == kAnybodyForEver || (now == kAnybody && me != ledger::kNoRing);
        if (!is_ready) [[unlikely]]
            settle(me, index);
        return {row, &writer};
    }

    // What row() gave was refused within the operation (Access::kAsk).
    void ask(ledger::RowOf refused) {
        // Else it is row() that asks.
        if (refused.kept != nullptr) end_loan_of(refused.writer);  // GCOV_EXCL_BR_LINE: a race
    }

    // HOT. After an operation on a row: it may be another's from now on.
    void count_turn(const ledger::Recorder& recorder, ledger::RowOf of) {
        if (of.row == nullptr || of.writer->load(std::memory_order_relaxed) != kAnybody) [[likely]]
            return;
        if (recorder.lamport % kSample == 0) count_sample(recorder.freed_by, of.writer);
    }

    // Takes the bytes of an allocation off its row, outside of any operation.
    void take(uint16_t me, const ledger::Body& body);

    // Ends the loans of a session: after this its rows say what is live.
    void end_loans(uint32_t session);

    // A new ledger: all rows are nobody's. Requires: nobody knows it yet.
    void reset();

private:
    // A thread is its ring + 1, as in Recorder::freed_by.
    using Writer = std::atomic<uint16_t>;
    static constexpr uint16_t kNobody = 0, kChanging = 0xfffb;
    static constexpr uint16_t kAnybody = ledger::RowOf::kAnybody, kAnybodyForEver = ledger::RowOf::kAnybodyForEver,
                              kLent = ledger::RowOf::kLent;
    static constexpr uint64_t kSample = 64;  // operations of which one is looked at
    static constexpr uint32_t kTurns = 128;  // of those in a row by one thread, to take the row over
    static constexpr uint32_t kQuiet = 16;   // changes of turn without a new peak, to lend it
    static constexpr uint32_t kMostDoublings = 16;
    static constexpr uint64_t kWorthwhile = 16384;  // operations of all threads during a loan
    static constexpr size_t kRings = ledger::Geometry{}.rings;
    static constexpr size_t kRows = ledger::Geometry{}.sessions << 4;

    // What count_sample() knows of a row that is anybody's. Threads may overwrite each other's: then it takes longer.
    struct Turns {
        std::atomic<uint32_t> newest{0};         // the thread 16 | its turns in a row 16
        std::atomic<uint32_t> changes{0};        // of turn, since the peaks rose
        std::atomic<uint64_t> peaks{0};          // their sum, when last looked at
        std::atomic<uint32_t> loans_in_vain{0};  // since the last one that was not
        std::atomic<uint64_t> lent_since{0};     // operations of all threads until then
    };

    // As in the low bits of Body::order. Some are not rows.
    static uint32_t index_of(uint32_t session, uint32_t pool) { return session << 4 | pool; }

    void settle(uint16_t me, uint32_t index);
    void settle_locked(uint16_t me, uint32_t index);
    void count_sample(uint16_t me, const Writer* of);
    void end_loan_of(const Writer* of);
    bool is_quiet(uint32_t index);
    void use(uint32_t index, uint16_t writer);
    void change(uint32_t index, uint16_t to);
    void end_loan(uint32_t index);
    // By index_of().
    ledger::Row* rows_[kRows] = {};  // nullptr: it is none
    Writer writers_[kRows] = {};
    Turns turns_[kRows] = {};
    ledger::Kept kept_[kRings][kRows] = {};  // not 0 only while the row is lent
};

extern constinit RowWriters row_writers;

}  // namespace ttmem::client
