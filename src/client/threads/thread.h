// What a thread carries from call to call, and how a call begins.
//
// The first call of a thread, and the first after a fork, takes the slow path: attach_thread() finds it a ring of the
// ledger. A thread that finds none free works with a private ring: its allocations are as exact as everybody's, but it
// has no history and no iterations, which is counted. The ring goes back when the thread ends.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/plans/capture.h"
#include "src/client/process/clock.h"
#include "src/client/process/process.h"
#include "src/client/tables/free_slots.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

constexpr uint32_t kMaxOps = 64;
constexpr uint64_t kNoGate = 1;  // never valid, and not 0, which a wiped page reads

struct alignas(64) Thread {
    uint64_t gate = kNoGate;
    ledger::Recorder recorder;
    bool busy = false;             // inside a call: a signal handler that comes back is turned away
    bool history_refused = false;  // there is no memory for the events of this ring
    bool counts_op = false;        // the outermost iteration was begun by TTMEM_ITERATIONS_BY
    uint32_t cached = 0;           // free slots in `cache`; the last is the hottest
    uint32_t cache_limit = kSlotCache;
    uint32_t tid = 0;
    ttmem_text tag = 0;
    Stamp stamp;
    uint32_t op_count = 0;         // scopes deeper than kMaxOps are counted, so that their ends fit, but not kept
    uint32_t iteration_count = 0;  // the same
    ttmem_text ops[kMaxOps] = {};
    uint64_t iterations[ledger::kMaxIterationDepth] = {};
    Capture capture;
    uint32_t cache[kSlotCache] = {};
    ledger::RingHeader private_ring{};
};
static_assert(sizeof(Thread) <= 1024, "initial-exec TLS of a library that may be loaded late must stay small");

extern constinit thread_local Thread this_thread __attribute__((tls_model("initial-exec")));

// False, with nothing changed, when this process is not tracked.
bool attach_thread(Thread& thread);

// Finds a ring that is nobody's. False: there is none, and the thread goes on with its private one.
bool claim_ring(Thread& thread);

// Sees to it that rings and free slots come back when their threads end. Once per process, before any thread attaches.
bool watch_thread_ends();

// A signal handler interrupted a call and calls again.
void count_reentrant(const Thread& thread);

// The open iterations that are kept.
inline uint32_t kept_iterations(const Thread& thread) {
    return thread.iteration_count < ledger::kMaxIterationDepth ? thread.iteration_count : ledger::kMaxIterationDepth;
}

inline bool has_ring(const Thread& thread) { return thread.recorder.ring != &thread.private_ring; }

// Every call of the API that touches the ledger stands between the construction and the destruction of one of these.
class Call {
public:
    Call() : thread(this_thread) {
        if (thread.busy) [[unlikely]] {
            count_reentrant(thread);
            return;
        }
        thread.busy = true;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        if (thread.gate != process.page->gate.load(std::memory_order_acquire)) [[unlikely]] {
            if (!attach_thread(thread)) {
                thread.busy = false;
                return;
            }
        }
        ready_ = true;
    }
    ~Call() {
        if (!ready_) return;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        thread.busy = false;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    bool ready() const { return ready_; }

    Thread& thread;

private:
    bool ready_ = false;
};

}  // namespace ttmem::client
