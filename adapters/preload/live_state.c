#include "adapters/preload/live_state.h"

#include <stdbool.h>

#include "adapters/preload/marks.h"

// A sum over what is live, over all that was not recorded, which is never taken back, and one number more, so that 0 is
// no state.
static uint64_t sum;

// Sums of numbers that differ in all bits tell sets apart; handles are numbers in a row. (The finalizer of splitmix64.)
static uint64_t mixed(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void add(uint64_t number) { __atomic_fetch_add(&sum, number, __ATOMIC_RELAXED); }

void live_state_begin(void) {
    uint64_t none = 0;
    __atomic_compare_exchange_n(&sum, &none, mixed(UINT64_MAX), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void now_live(uint64_t handle) { add(mixed(handle)); }
void live_no_more(uint64_t handle) { add(-mixed(handle)); }
void not_recorded(void) { add(mixed(0)); }

__attribute__((visibility("default"))) uint64_t ttmem_preload_live_state(void) {
    return __atomic_load_n(&sum, __ATOMIC_RELAXED);
}
