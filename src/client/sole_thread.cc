#include "src/client/sole_thread.h"

#include "src/client/outside.h"
#include "src/client/process.h"
#include "src/client/slow_path.h"

namespace ttmem::client {

constinit SoleThread sole_thread;

namespace {

// Of one thread that is left, if it has a ring.
uint16_t find_one() {
    const uint64_t rings = live_header().rings_used.load(std::memory_order_acquire);
    for (uint64_t ring = 0; ring < rings; ++ring) {
        if (process.map.rings[ring].thread.load(kRelaxed) >> 32 != 0) return static_cast<uint16_t>(ring + 1);
    }
    return ledger::kNoSoleThread;
}

}  // namespace

void SoleThread::attach(uint16_t me) {
    LockGuard guard(process.page->rows);
    const uint16_t sole = sole_.load(kRelaxed);
    if (sole != ledger::kNoSoleThread) {
        sole_.store(ledger::kNoSoleThread, kRelaxed);
        barrier_in_all_threads();
        wait_until_outside(process.map.rings[sole - 1]);
        return;
    }
    const bool alone = process.threads.load(kRelaxed) == 1 && me != ledger::kNoRing;  // GCOV_EXCL_BR_LINE: it has one
    if (alone && can_wait_for_threads()) sole_.store(me, kRelease);
}

// Who is left may be in the middle of a free: it then looks at the slot again, after it has read `sole`.
void SoleThread::leave(uint16_t me) {
    const SlowPath slow;
    LockGuard guard(process.page->rows);
    const bool was_alone = sole_.load(kRelaxed) == me;
    const bool one_is_left = process.threads.load(kRelaxed) == 1 && can_wait_for_threads();
    if (was_alone || one_is_left) sole_.store(one_is_left ? find_one() : ledger::kNoSoleThread, kRelease);
}

}  // namespace ttmem::client
