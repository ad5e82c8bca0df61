// The most that was in use on each chip since a moment that somebody marked: for whoever measures a part of a program,
// such as `ttmem.track()` in Python. The ledger has the peak of a session, from its open on.
//
// A lock and a few additions per allocation, whatever the number of marks.
#ifndef TTMEM_PRELOAD_MARKS_H
#define TTMEM_PRELOAD_MARKS_H

#include <stdbool.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

#ifdef __cplusplus
extern "C" {
#endif

// Reserved bytes of one chip, by pool.
struct ttmem_preload_use {
    uint64_t chip_id;
    uint64_t began[TTMEM_POOLS];  // at the mark
    uint64_t now[TTMEM_POOLS];
    uint64_t most[TTMEM_POOLS];  // since the mark
};

enum { TTMEM_PRELOAD_NO_MARK = 0, TTMEM_PRELOAD_MARKS = 64 };

// Marks this moment. TTMEM_PRELOAD_NO_MARK: no tt-metal is followed so far, or so many moments are marked already.
uint32_t ttmem_preload_mark(void);

// What is so since the mark, of at most `room` chips. Returns how many chips there are; -1: there is no such mark.
int ttmem_preload_since(uint32_t mark, struct ttmem_preload_use* uses, int room);

// The mark is not needed any more. Marks may end in any order.
void ttmem_preload_unmark(uint32_t mark);

// The same number as before where the very same allocations are live as then, and all since were recorded, but for a
// chance of 1 in 2^64: who has read them then needs not read them again. 0: no tt-metal is followed.
uint64_t ttmem_preload_live_state(void);

#ifdef __cplusplus
}
#else
struct device;

bool marks_begin(void);

// So many bytes are taken on each chip of the device, or given back.
void count_taken(const struct device* device, uint32_t pool, uint64_t bytes);
void count_given_back(const struct device* device, uint32_t pool, uint64_t bytes);
#endif

#endif
