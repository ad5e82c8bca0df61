// Who changes a row of bytes, and how (ledger/row_counts.h): one thread alone, or all threads together.
//
// Many rows are changed by one thread for all of their life, and four atomic additions are half of the cost of an
// allocation and its free. So the first thread that needs a row has it for itself, until a second one comes and makes
// it everybody's, for good:
//
//   the second one  writer := kChanging; barrier in all threads (membarrier); wait until the old writer is not inside
//                   an operation (its ring's sequence is even); writer := kEverybody
//   an operation    sequence := odd; plain stores if the row is mine, else atomic ones; sequence := even
//
// Either an operation of the old writer sees that the row is not its own any more, and adds as everybody will, or the
// second thread sees the operation and waits for its few stores. All others wait for the second one's lock meanwhile. A
// thread without a ring cannot be waited for: its rows are everybody's from the start, and so are all rows where the
// kernel has no such barrier.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/process/process.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

class RowWriters {
public:
    // HOT. The row of a session's pool for an operation that the thread known as `me` (Recorder::freed_by) is about to
    // begin; none for what is no row. Takes a lock when the writer changes.
    ledger::RowOf row(uint16_t me, uint32_t session, uint32_t pool) {
        const uint32_t index = index_of(session, pool);
        if (index >= kRows) return {};  // not in a ledger of ours
        ledger::Row* row = rows_[index];
        if (row == nullptr) return {};
        Writer& writer = writers_[index];
        const uint16_t now = writer.load(std::memory_order_acquire);
        if (now != me && now != kEverybody) [[unlikely]]
            settle(me, index);
        return {row, &writer};
    }

    // Takes the bytes of an allocation off its row, outside of any operation.
    void take(uint16_t me, const ledger::Body& body);

    // A session's record is used for the first time: its rows are nobody's. Requires: it is not open yet.
    void add(uint32_t session);
    // A new ledger: there are no rows. Requires: nobody knows it yet.
    void reset();

private:
    // A thread is its ring + 1, as in Recorder::freed_by; one without a ring is none of these.
    using Writer = std::atomic<uint16_t>;
    static constexpr uint16_t kNobody = 0, kChanging = 0xfffb, kEverybody = 0xfffd;
    static constexpr size_t kRows = ledger::Geometry{}.sessions << 4;

    // As in the low bits of Body::order. Some are not rows.
    static uint32_t index_of(uint32_t session, uint32_t pool) { return session << 4 | pool; }

    void settle(uint16_t me, uint32_t index);
    void settle_locked(uint16_t me, uint32_t index);
    void use(uint32_t index, uint16_t writer);

    // By index_of().
    ledger::Row* rows_[kRows] = {};  // nullptr: it is none
    Writer writers_[kRows] = {};
    uint32_t end_ = 0;  // no row at or above was ever one
};

extern constinit RowWriters row_writers;

}  // namespace ttmem::client
