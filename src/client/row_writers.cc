#include "src/client/row_writers.h"

#include <linux/membarrier.h>

#include "src/client/slow_path.h"

namespace ttmem::client {

constinit RowWriters row_writers;

namespace {

// A thread that does not come out of its operation was stopped by a debugger, or ended inside it: some seconds. Live
// bytes come from the slots in any case; only the peak of the row would lack its stores.
constexpr unsigned kPatience = 100'000;

void wait_until_outside(const ledger::RingHeader& ring) {
    const uint64_t sequence = ring.sequence.load(std::memory_order_acquire);
    if (sequence % 2 == 0) return;                                              // GCOV_EXCL_BR_LINE: a race
    for (unsigned attempt = 0; attempt < kPatience; ++attempt) {                // GCOV_EXCL_BR_LINE: it takes seconds
        if (ring.sequence.load(std::memory_order_acquire) != sequence) return;  // GCOV_EXCL_BR_LINE: a race
        const bool has_ended = ring.thread.load(std::memory_order_acquire) >> 32 == 0;
        if (has_ended) return;  // GCOV_EXCL_BR_LINE: a race
        Lock::wait(attempt);
    }
}

// Registered, so it does not fail; should it do so, the stores of the other threads are not far from us either.
void barrier_in_all_threads() {
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) Lock::wait(kPatience);
}

}  // namespace

bool RowWriters::can_change() {
    if (barrier_ == Barrier::kUnknown) {
        const bool ready = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
        barrier_ = ready ? Barrier::kReady : Barrier::kNone;
    }
    return barrier_ == Barrier::kReady;
}

void RowWriters::settle(uint16_t me, Writer& writer) {
    const SlowPath slow;
    LockGuard guard(process.page->rows);
    settle_locked(me, writer);
}

void RowWriters::settle_locked(uint16_t me, Writer& writer) {
    const uint16_t now = writer.load(kRelaxed);
    if (now == me || now == kAnybodyForEver || (now == kAnybody && me != ledger::kNoRing)) return;
    if (now == kNobody) {
        const bool can_wait = me != ledger::kNoRing && can_change();
        return writer.store(can_wait ? me : kAnybodyForEver, kRelease);
    }
    if (now != kAnybody) {
        writer.store(kChanging, kRelaxed);
        barrier_in_all_threads();
        wait_until_outside(process.map.rings[now - 1]);
    }
    writer.store(me != ledger::kNoRing ? kAnybody : kAnybodyForEver, kRelease);
}

// Row::turns is the thread 16 | its turns 16. Threads may overwrite each other's: then none of them is alone.
void RowWriters::count_sample(uint16_t me, const ledger::RowOf& of) {
    const uint64_t turns = of.row->turns.load(kRelaxed);
    const bool again = turns >> 16 == me;
    if (again && (turns & 0xffff) >= kTurns) return take_over(me, of);
    of.row->turns.store(again ? turns + 1 : static_cast<uint64_t>(me) << 16, kRelaxed);
}

void RowWriters::take_over(uint16_t me, const ledger::RowOf& of) {
    const SlowPath slow;
    Writer& writer = writers_[of.writer - writers_];
    LockGuard guard(process.page->rows);
    of.row->turns.store(0, kRelaxed);
    if (writer.load(kRelaxed) != kAnybody) return;  // GCOV_EXCL_BR_LINE: a race
    writer.store(kChanging, kRelaxed);
    barrier_in_all_threads();
    const uint64_t rings = live_header().rings_used.load(std::memory_order_acquire);
    for (uint64_t ring = 0; ring < rings; ++ring) wait_until_outside(process.map.rings[ring]);
    writer.store(me, kRelease);
}

void RowWriters::take(uint16_t me, const ledger::Body& body) {
    ledger::Row* row = Sessions::row(body.session(), body.pool());
    if (row == nullptr) return;           // GCOV_EXCL_BR_LINE: it has one, in a ledger of ours
    LockGuard guard(process.page->rows);  // nobody takes the row over meanwhile
    settle_locked(me, writers_[index_of(body.session(), body.pool())]);
    ledger::detail::take_from_row<ledger::RealStore>(*row, body);
}

void RowWriters::reset() {
    barrier_ = Barrier::kUnknown;
    for (Writer& writer : writers_) writer.store(kNobody, kRelaxed);
}

}  // namespace ttmem::client
