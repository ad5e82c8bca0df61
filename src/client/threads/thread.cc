#include "src/client/threads/thread.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/client/process/slow_path.h"
#include "src/client/tables/free_slots.h"
#include "src/client/tables/owners.h"
#include "src/client/tables/texts.h"
#include "src/client/threads/history.h"

namespace ttmem::client {

constinit thread_local Thread this_thread __attribute__((tls_model("initial-exec")));

namespace {

pthread_key_t thread_end;

using ledger::RingHeader;

// `order` follows everything that an earlier thread recorded to this ring.
void use_ring(Thread& thread, uint64_t number) {
    RingHeader& ring = process.map.rings[number];
    const uint64_t sequence = ring.sequence.load(kRelaxed);
    ring.sequence.store(sequence + (sequence & 1), kRelaxed);  // a thread that ended inside a call left it odd
    ledger::Recorder& recorder = thread.recorder;
    recorder.ring = &ring;
    recorder.freed_by = static_cast<uint16_t>(number + 1);
    const uint64_t order = ring.order.load(kRelaxed);
    if (order > recorder.lamport) recorder.lamport = order;
    if (ring.capacity.load(kRelaxed) != 0) recorder.events = process.map.ring_events(number);

    char name[16 + 1] = {};
    prctl(PR_GET_NAME, name);
    ring.thread_name.store(texts.intern(name), kRelaxed);
    ring.owner.store(recorder.owner, kRelaxed);
    const uint32_t depth = kept_iterations(thread);
    for (uint32_t i = 0; i < depth; ++i) ring.iterations[i].store(thread.iterations[i], kRelaxed);
    if (depth > 0) recorder.iteration = thread.iterations[depth - 1] & 0xffffff;
}

}  // namespace

bool claim_ring(Thread& thread) {
    for (uint64_t i = 0; i < process.map.geometry.rings; ++i) {
        ledger::Word& word = process.map.rings[i].thread;
        uint64_t seen = word.load(kRelaxed);
        if (seen >> 32 != 0) continue;
        ledger::detail::raise<ledger::RealStore>(live_header().rings_used, i + 1);
        const uint64_t mine = static_cast<uint64_t>(thread.tid) << 32 | static_cast<uint32_t>(seen + 1);
        const bool claimed = word.compare_exchange_strong(seen, mine, std::memory_order_acq_rel, kRelaxed);
        if (!claimed) continue;  // GCOV_EXCL_BR_LINE: a race
        use_ring(thread, i);
        return true;
    }
    return false;
}

namespace {

void give_back(void*) {
    Thread& thread = this_thread;
    if (thread.gate == process.page->gate.load(std::memory_order_acquire) &&
        !thread.busy) {  // GCOV_EXCL_BR_LINE: it ends in the middle of a call
        thread.busy = true;
        free_slots.give(thread.cache, thread.cached);
        thread.cached = 0;
        count(live_header().iterations_ended, kept_iterations(thread));
        if (has_ring(thread)) {
            RingHeader& ring = *thread.recorder.ring;
            for (ledger::Word& iteration : ring.iterations) iteration.store(0, kRelaxed);
            ring.owner.store(0, kRelaxed);
            ring.order.store(thread.recorder.lamport, kRelaxed);
            ring.thread.store(static_cast<uint32_t>(ring.thread.load(kRelaxed)), std::memory_order_release);
        }
        process.threads.fetch_sub(1, kRelaxed);
        thread.capture.clear();
        thread.busy = false;
    }
    thread.gate = kNoGate;
}

}  // namespace

bool watch_thread_ends() { return pthread_key_create(&thread_end, give_back) == 0; }

bool attach_thread(Thread& thread) {
    const SlowPath slow;
    if (!attach_process()) return false;
    const ledger::WriterMap& map = process.map;
    thread.recorder = ledger::Recorder();
    thread.recorder.ring = &thread.private_ring;
    thread.recorder.slots = map.slots;
    thread.recorder.unique_ids = map.unique_ids;
    thread.recorder.slot_count = static_cast<uint32_t>(map.geometry.slots);
    thread.recorder.event_mask = map.geometry.events_per_ring - 1;
    thread.recorder.freed_by = ledger::kNoRing;
    thread.history_refused = thread.counts_op = false;
    thread.op_count = thread.iteration_count = 0;  // a child does not inherit scopes
    thread.tag = 0;
    thread.stamp = Stamp();
    thread.cached = 0;
    thread.capture.clear();
    thread.tid = static_cast<uint32_t>(syscall(SYS_gettid));
    thread.cache_limit = fair_cache_limit(process.threads.fetch_add(1, kRelaxed) + 1);
    thread.recorder.owner = owners.find_or_add(0, 0, thread.tid);
    claim_ring(thread);
    pthread_setspecific(thread_end, &thread);
    thread.gate = process.page->gate.load(std::memory_order_acquire);
    refresh_anchor();
    if (process.level.load(kRelaxed) >= TTMEM_LEVEL_EVENTS && has_ring(thread)) {
        record_plain_event(thread, ledger::Op::kThread, thread.recorder.ring->thread.load(kRelaxed));
    }
    return true;
}

void count_reentrant(const Thread& thread) {
    // The interrupted call may be making the ledger right now: then there is nothing to count in yet.
    if (thread.gate == process.page->gate.load(std::memory_order_acquire)) count(live_header().reentrant);
}

}  // namespace ttmem::client
