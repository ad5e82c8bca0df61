// Who changes a row of bytes: one thread alone, with plain stores, or all threads, with atomic additions.
//
// Most rows are changed by one thread for most of their life, and four atomic additions are half of the cost of an
// allocation and its free. So the first thread that needs a row has it for itself, until a second one comes and takes
// it away; and a thread that was the only one to change a row for a long while has it for itself again:
//
//   taking away    writer := kChanging; barrier in all threads (membarrier); wait until the old writer is not inside an
//                  operation (its ring's sequence is even); writer := kAnybody
//   taking over    the same, waiting for all threads; writer := the thread
//   an operation   sequence := odd; is the row mine or anybody's? else back, ask, and again; ...; sequence := even
//
// Either an operation sees that the row is not what it was, or the other thread sees the operation and waits for its
// few stores. A thread without a ring cannot be waited for: what it once changed is everybody's for ever, and so are
// all rows where the kernel has no such barrier.
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
        ledger::Row* row = Sessions::row(session, pool);
        if (row == nullptr) return {};
        Writer& writer = writers_[index_of(session, pool)];
        const uint16_t now = writer.load(std::memory_order_acquire);
        const bool is_ready = now == me || now == kAnybodyForEver || (now == kAnybody && me != ledger::kNoRing);
        if (!is_ready) [[unlikely]]
            settle(me, writer);
        return {row, &writer};
    }

    // HOT. After an operation, the thread's `number`th or so, on a row: it may have changed it alone for a long while.
    void count_turn(uint16_t me, uint64_t number, const ledger::RowOf& of) {
        if (of.row == nullptr || of.writer->load(std::memory_order_relaxed) != kAnybody) [[likely]]
            return;
        if (number % kSample == 0) count_sample(me, of);
    }

    // Takes the bytes of an allocation off its row, outside of any operation.
    void take(uint16_t me, const ledger::Body& body);

    // A new ledger: all rows are nobody's. Requires: nobody knows it yet.
    void reset();

private:
    // A thread is its ring + 1, as in Recorder::freed_by.
    using Writer = std::atomic<uint16_t>;
    static constexpr uint16_t kNobody = 0, kChanging = 0xfffb;
    static constexpr uint16_t kAnybody = ledger::RowOf::kAnybody, kAnybodyForEver = ledger::RowOf::kAnybodyForEver;
    static constexpr uint64_t kSample = 64;  // operations of which one is looked at, so that the row's line is not
    static constexpr uint64_t kTurns = 128;  // written for this; samples without another thread's, to take the row over

    static size_t index_of(uint32_t session, uint32_t pool) { return size_t{session} * ledger::kPools + pool; }

    void settle(uint16_t me, Writer& writer);
    void settle_locked(uint16_t me, Writer& writer);
    void count_sample(uint16_t me, const ledger::RowOf& of);
    void take_over(uint16_t me, const ledger::RowOf& of);
    bool can_change();

    enum class Barrier : uint8_t { kUnknown, kReady, kNone };
    Barrier barrier_ = Barrier::kUnknown;
    Writer writers_[kMaxSessions * ledger::kPools] = {};  // by index_of()
};

extern constinit RowWriters row_writers;

}  // namespace ttmem::client
