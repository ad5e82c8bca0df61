#include "src/client/threads/row_writers.h"

#include "src/client/process/slow_path.h"
#include "src/client/tables/session_records.h"
#include "src/client/threads/outside.h"

namespace ttmem::client {

constinit RowWriters row_writers;

void RowWriters::settle(uint16_t me, uint32_t index) {
    const SlowPath slow;
    LockGuard guard(process.page->rows);
    settle_locked(me, index);
}

// From now on `writer` uses the row. Requires: the lock, and that nobody is inside an operation on it as another use.
void RowWriters::use(uint32_t index, uint16_t writer) {
    const ledger::RowUse use = writer == kEverybody ? ledger::RowUse::kTogether : ledger::RowUse::kAlone;
    rows_[index]->use.store(static_cast<uint64_t>(use), kRelaxed);
    writers_[index].store(writer, kRelease);
}

void RowWriters::settle_locked(uint16_t me, uint32_t index) {
    const uint16_t now = writers_[index].load(kRelaxed);
    if (now == me || now == kEverybody) return;  // GCOV_EXCL_BR_LINE: a race, another thread has settled it
    if (now == kNobody) {
        const bool can_wait = me != ledger::kNoRing && can_wait_for_threads();
        return use(index, can_wait ? me : kEverybody);
    }
    writers_[index].store(kChanging, kRelaxed);
    barrier_in_all_threads();
    wait_until_outside(process.map.rings[now - 1]);
    use(index, kEverybody);
}

void RowWriters::take(uint16_t me, const ledger::Body& body) {
    ledger::Row* row = SessionRecords::row(body.session(), body.pool());
    if (row == nullptr) return;           // GCOV_EXCL_BR_LINE: it has one, in a ledger of ours
    LockGuard guard(process.page->rows);  // nobody takes the row away meanwhile
    settle_locked(me, index_of(body.session(), body.pool()));
    ledger::detail::take_together<ledger::RealStore>(*row, body);
}

void RowWriters::add(uint32_t session) {
    end_ = index_of(session + 1, 0);
    for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
        rows_[index_of(session, pool)] = SessionRecords::row(session, pool);
        writers_[index_of(session, pool)].store(kNobody, kRelaxed);
    }
}

void RowWriters::reset() {
    for (uint32_t index = 0; index < end_; ++index) {
        rows_[index] = nullptr;
        writers_[index].store(kNobody, kRelaxed);
    }
    end_ = 0;
}

}  // namespace ttmem::client
