#include "adapters/preload/audit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/preload/context.h"
#include "adapters/preload/forks.h"
#include "adapters/preload/live.h"
#include "adapters/preload/runtime.h"

// A difference is believed the second time. Each comparison is exact: no thread was inside of an allocator and nothing
// changed while it was made.
enum { kTimes = 2, kLongestPause = 4096, kCounters = 1024 };

// Whether a thread is inside, a counter of its own for each of the first; the others share the last one. In wiped
// memory.
static struct counter { _Alignas(64) uint32_t inside; } * counters;
static uint32_t threads;

bool audit_begin(void) {
    if (counters == NULL) counters = wiped_memory(kCounters * sizeof *counters);
    return counters != NULL;
}

static struct counter* own_counter(void) {
    if (context.counter == 0) context.counter = __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
    return &counters[(context.counter < kCounters ? context.counter : kCounters) - 1];
}

void enter_allocator(void) {
    if (context.is_inside) return;
    context.is_inside = true;
    struct counter* own = own_counter();
    if (context.counter < kCounters) {
        __atomic_store_n(&own->inside, 1, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&own->inside, 1, __ATOMIC_RELAXED);
    }
    // It must be seen before anything changes. Changes begin with a lock, which on x86-64 sees to that.
#if defined(__x86_64__)
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

void leave_allocator(void) {
    if (!context.is_inside) return;
    context.is_inside = false;
    struct counter* own = own_counter();
    if (context.counter < kCounters) {
        __atomic_store_n(&own->inside, 0, __ATOMIC_RELEASE);
    } else {
        __atomic_fetch_sub(&own->inside, 1, __ATOMIC_RELEASE);
    }
}

static bool somebody_is_inside(void) {
    const uint32_t begun = __atomic_load_n(&threads, __ATOMIC_SEQ_CST);
    const uint32_t used = begun < kCounters ? begun : kCounters;
    for (uint32_t i = 0; i < used; i++) {
        if (__atomic_load_n(&counters[i].inside, __ATOMIC_SEQ_CST) != 0) return true;
    }
    return false;
}

// The first difference of a pool, or 0; what is live everywhere goes to `count`.
static int64_t compare(const struct device* device, uint32_t* pool, uint64_t* count) {
    uint64_t ours[TTMEM_POOLS];
    live_per_bank(device, ours, count);
    for (*pool = 0; *pool < TTMEM_POOLS; (*pool)++) {
        if (*pool == TTMEM_POOL_SYSTEM || device->banks[*pool] == 0) continue;
        const int64_t difference = (int64_t)(ours[*pool] - read_statistics(device->allocator, *pool).allocated);
        if (difference != 0) return difference;
    }
    return 0;
}

void audit(struct device* device) {
    if (++context.changes < context.next_audit) return;
    // Chips also mirror what their mesh has, and a forked child does not know what its parent had.
    // While a mesh is taken over, its pointer is not set yet.
    if (device->mesh != NULL || device->pointer == NULL || device->given_up || device->process != getpid()) return;
    const uint64_t changes = buffer_changes();
    if (somebody_is_inside()) return;
    uint64_t live;
    uint32_t pool;
    const int64_t difference = compare(device, &pool, &live);
    context.changes = context.changes > kLongestPause ? kLongestPause : context.changes;
    context.next_audit =
        context.changes + (context.changes < kLongestPause ? context.changes : (uint32_t)(4 * live + kLongestPause));
    if (somebody_is_inside() || buffer_changes() != changes) return;
    device->seen_different = difference == 0 ? 0 : difference == device->difference ? device->seen_different + 1 : 1;
    device->difference = difference;
    if (device->seen_different < kTimes) return;
    char why[160];
    static const char* const kPools[] = {"dram", "l1", "system", "l1_small", "trace"};
    snprintf(why, sizeof why, "its %s differs from tt-metal's own statistics by %lld bytes per bank", kPools[pool],
             (long long)difference);
    give_up(device, why);
}
