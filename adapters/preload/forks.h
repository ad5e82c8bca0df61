// What a forked child must not inherit, and locks that it must not find held.
#ifndef TTMEM_PRELOAD_FORKS_H
#define TTMEM_PRELOAD_FORKS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Memory of zeros that is zeros again in a forked child, or NULL. Never given back.
void* wiped_memory(size_t size);

// A lock for a few stores, in wiped memory: free in a child, whoever held it in the parent.
static inline void lock(uint32_t* word) {
    for (unsigned tries = 0; __atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE) != 0; tries++) {
        if (tries > 64) sched_yield();
    }
}

static inline void unlock(uint32_t* word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }

#endif
