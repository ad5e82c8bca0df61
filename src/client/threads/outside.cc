#include "src/client/threads/outside.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/client/process/process.h"
#include "src/client/process/slow_path.h"

namespace ttmem::client {

namespace {

enum class Barrier : uint8_t { kUnknown, kReady, kNone };
constinit Barrier barrier = Barrier::kUnknown;

// A thread that does not come out of its operation was stopped by a debugger, or ended inside it: some seconds. If it
// goes on after that, a peak may lack its stores.
constexpr unsigned kPatience = 100'000;

}  // namespace

bool can_wait_for_threads() {
    if (barrier == Barrier::kUnknown) {
        const bool ready = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
        barrier = ready ? Barrier::kReady : Barrier::kNone;
    }
    return barrier == Barrier::kReady;
}

void forget_barrier() { barrier = Barrier::kUnknown; }

// Registered, so it does not fail; should it do so, the stores of the other threads are not far from us either.
void barrier_in_all_threads() {
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) Lock::wait(kPatience);
}

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

}  // namespace ttmem::client
