#include "src/client/process/process.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "src/ledger/recorder.h"

namespace ttmem::client {
namespace {

constinit GatePage no_page{};

void wipe_in_child() { memset(static_cast<void*>(process.page), 0, sizeof(GatePage)); }

}  // namespace

constinit Process process{&no_page};

// Kernels before 4.14 do not wipe: there a child made by fork() is wiped by the C library, one made otherwise is not.
bool make_gate_page() {
    void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    if (madvise(memory, 4096, MADV_WIPEONFORK) == 0 || pthread_atfork(nullptr, nullptr, wipe_in_child) == 0) {
        process.page = static_cast<GatePage*>(memory);
        return true;
    }
    munmap(memory, 4096);
    return false;
}

[[gnu::cold]] ttmem_result refuse() {
    count(live_header().invalid);
    return TTMEM_INVALID;
}

void refresh_anchor() {
    Lock& lock = process.page->anchor;
    if (!lock.try_lock()) return;  // GCOV_EXCL_BR_LINE: a race, another thread writes it
    ledger::LiveHeader& live = live_header();
    const uint64_t sequence = live.anchor_sequence.load(std::memory_order_relaxed);
    live.anchor_sequence.store(sequence + 1, std::memory_order_relaxed);
    ledger::RealStore::fence();
    ledger::RealStore::publish(live.latest_ticks, process.clock.ticks());
    ledger::RealStore::publish(live.latest_wall_ns, Clock::nanoseconds(CLOCK_REALTIME));
    live.anchor_sequence.store(sequence + 2, std::memory_order_release);
    lock.unlock();
}

}  // namespace ttmem::client
