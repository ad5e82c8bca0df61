#include "src/client/row_writers.h"

#include "src/client/outside.h"
#include "src/client/slow_path.h"

namespace ttmem::client {

constinit RowWriters row_writers;

namespace {

// Of all threads, so far.
uint64_t operations() {
    uint64_t sum = 0;
    const uint64_t rings = live_header().rings_used.load(std::memory_order_acquire);
    for (uint64_t ring = 0; ring < rings; ++ring) sum += process.map.rings[ring].sequence.load(kRelaxed) / 2;
    return sum;
}
}  // namespace

void RowWriters::settle(uint16_t me, uint32_t index) {
    const SlowPath slow;
    LockGuard guard(process.page->rows);
    settle_locked(me, index);
}

// From now on `writer` uses the row. Requires: the lock, and that nobody is inside an operation on it as another use.
void RowWriters::use(uint32_t index, uint16_t writer) {
    const ledger::RowUse use = writer == kLent                                   ? ledger::RowUse::kLent
                               : writer == kAnybody || writer == kAnybodyForEver ? ledger::RowUse::kTogether
                                                                                 : ledger::RowUse::kAlone;
    rows_[index]->use.store(static_cast<uint64_t>(use), kRelaxed);
    writers_[index].store(writer, kRelease);
}

void RowWriters::settle_locked(uint16_t me, uint32_t index) {
    const uint16_t now = writers_[index].load(kRelaxed);
    const bool for_all = now == kAnybody || now == kLent;
    const bool open = now == kAnybodyForEver || (for_all && me != ledger::kNoRing);  // GCOV_EXCL_BR_LINE: as below
    if (now == me || open) return;  // GCOV_EXCL_BR_LINE: a race, another thread has settled it
    if (now == kNobody) {
        const bool can_wait = me != ledger::kNoRing && can_wait_for_threads();
        return use(index, can_wait ? me : kAnybodyForEver);
    }
    if (now == kLent) {
        end_loan(index);
    } else if (now != kAnybody) {
        writers_[index].store(kChanging, kRelaxed);
        barrier_in_all_threads();
        wait_until_outside(process.map.rings[now - 1]);
    }
    use(index, me != ledger::kNoRing ? kAnybody : kAnybodyForEver);
}

void RowWriters::end_loan_of(const Writer* of) {
    const SlowPath slow;
    LockGuard guard(process.page->rows);
    const auto index = static_cast<uint32_t>(of - writers_);
    if (writers_[index].load(kRelaxed) == kLent) end_loan(index);  // GCOV_EXCL_BR_LINE: a race
}

void RowWriters::count_sample(uint16_t me, const Writer* of) {
    const auto index = static_cast<uint32_t>(of - writers_);
    Turns& turns = turns_[index];
    const uint32_t newest = turns.newest.load(kRelaxed);
    const bool again = newest >> 16 == me;
    if (again && (newest & 0xffff) >= kTurns) return change(index, me);
    turns.newest.store(again ? newest + 1 : static_cast<uint32_t>(me) << 16, kRelaxed);
    if (!again && is_quiet(index)) change(index, kLent);
}

// The thread's turn has come after another's.
bool RowWriters::is_quiet(uint32_t index) {
    Turns& turns = turns_[index];
    const ledger::Row& row = *rows_[index];
    const uint64_t peaks = row.peak_requested.load(kRelaxed) + row.peak_reserved.load(kRelaxed);
    const bool same = turns.peaks.load(kRelaxed) == peaks;
    const uint32_t changes = same ? turns.changes.load(kRelaxed) + 1 : 0;
    turns.peaks.store(peaks, kRelaxed);
    turns.changes.store(changes, kRelaxed);
    return changes >= kQuiet << turns.loans_in_vain.load(kRelaxed);
}

// A row that is anybody's becomes a thread's own, or lent.
void RowWriters::change(uint32_t index, uint16_t to) {
    const SlowPath slow;
    LockGuard guard(process.page->rows);
    Turns& turns = turns_[index];
    turns.newest.store(0, kRelaxed);
    turns.changes.store(0, kRelaxed);
    if (writers_[index].load(kRelaxed) != kAnybody) return;  // GCOV_EXCL_BR_LINE: a race
    writers_[index].store(kChanging, kRelaxed);
    wait_until_all_are_outside();
    turns.lent_since.store(operations(), kRelaxed);
    use(index, to);
}

// Requires: the lock, and that the row is lent.
void RowWriters::end_loan(uint32_t index) {
    writers_[index].store(kChanging, kRelaxed);
    wait_until_all_are_outside();
    ledger::Row& row = *rows_[index];
    for (auto& of_ring : kept_) {
        ledger::Kept& kept = of_ring[index];
        row.live_requested.fetch_sub(kept.requested.exchange(0, kRelaxed), kRelaxed);
        row.live_reserved.fetch_sub(kept.reserved.exchange(0, kRelaxed), kRelaxed);
    }
    Turns& turns = turns_[index];
    const bool was_worth_it = operations() - turns.lent_since.load(kRelaxed) >= kWorthwhile;
    const uint32_t in_vain = turns.loans_in_vain.load(kRelaxed);
    turns.loans_in_vain.store(was_worth_it ? 0 : in_vain + (in_vain < kMostDoublings), kRelaxed);
    use(index, kAnybody);
}

void RowWriters::end_loans(uint32_t session) {
    LockGuard guard(process.page->rows);
    for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
        const uint32_t index = index_of(session, pool);
        if (writers_[index].load(kRelaxed) == kLent) end_loan(index);
    }
}

void RowWriters::take(uint16_t me, const ledger::Body& body) {
    ledger::Row* row = Sessions::row(body.session(), body.pool());
    if (row == nullptr) return;           // GCOV_EXCL_BR_LINE: it has one, in a ledger of ours
    LockGuard guard(process.page->rows);  // nobody takes the row over meanwhile
    settle_locked(me, index_of(body.session(), body.pool()));
    ledger::detail::take_together<ledger::RealStore>(*row, body);
}

void RowWriters::reset() {
    for (uint32_t index = 0; index < kRows; ++index) {
        const uint16_t now = writers_[index].load(kRelaxed);
        if (now == kLent || now == kChanging) {  // GCOV_EXCL_BR_LINE: a fork while another thread changes it
            for (auto& of_ring : kept_) of_ring[index].requested = of_ring[index].reserved = 0;
        }
        rows_[index] = Sessions::row(index >> 4, index & 0xf);
        writers_[index].store(kNobody, kRelaxed);
        turns_[index].newest.store(0, kRelaxed);
        turns_[index].changes.store(0, kRelaxed);
        turns_[index].loans_in_vain.store(0, kRelaxed);
    }
}

}  // namespace ttmem::client
