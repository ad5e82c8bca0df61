#include "src/client/recording/slot_cache.h"

#include <string.h>

#include "src/client/process/slow_path.h"
#include "src/client/sessions/session_room.h"
#include "src/client/tables/free_slots.h"

namespace ttmem::client {

bool refill(Thread& thread) {
    const SlowPath slow;
    thread.cache_limit = fair_cache_limit(process.threads.load(kRelaxed));
    if (!has_ring(thread)) claim_ring(thread);  // perhaps another thread has ended
    thread.cached = free_slots.take(thread.cache, thread.cache_limit);
    if (thread.cached == 0 && session_room.retire_released()) {
        thread.cached = free_slots.take(thread.cache, thread.cache_limit);
    }
    return thread.cached != 0;
}

void hand_over_half(Thread& thread) {
    const uint32_t half = (thread.cached + 1) / 2;
    free_slots.give(thread.cache, half);
    thread.cached -= half;
    memmove(thread.cache, thread.cache + half, thread.cached * sizeof thread.cache[0]);
}

}  // namespace ttmem::client
