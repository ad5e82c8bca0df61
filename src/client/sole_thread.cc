#include "src/client/sole_thread.h"

#include "src/client/outside.h"
#include "src/client/process.h"

namespace ttmem::client {

constinit SoleThread sole_thread;

void SoleThread::attach(uint16_t me) {
    LockGuard guard(process.page->rows);
    if (!attached_) {
        attached_ = true;
        const bool has_ring = me != ledger::kNoRing;                        // or others were faster, and have them all
        if (has_ring && can_wait_for_threads()) sole_.store(me, kRelaxed);  // GCOV_EXCL_BR_LINE: a race
        return;
    }
    const uint16_t sole = sole_.load(kRelaxed);
    if (sole == ledger::kNoSoleThread) return;
    sole_.store(ledger::kNoSoleThread, kRelaxed);
    barrier_in_all_threads();
    wait_until_outside(process.map.rings[sole - 1]);
}

void SoleThread::reset() {
    sole_.store(ledger::kNoSoleThread, kRelaxed);
    attached_ = false;
}

}  // namespace ttmem::client
