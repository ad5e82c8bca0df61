#include "adapters/preload/marks.h"

#include <string.h>

#include "adapters/preload/devices.h"
#include "adapters/preload/forks.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED uint32_t ttmem_preload_mark(void);
EXPORTED int ttmem_preload_since(uint32_t mark, struct ttmem_preload_use* uses, int room);
EXPORTED void ttmem_preload_unmark(uint32_t mark);

enum { kChips = 64 };
typedef uint64_t by_pool[TTMEM_POOLS];

// A marked moment. What was most since an older one is the most of its own and of all newer ones: so an allocation
// looks at the newest alone.
struct mark {
    uint32_t number;
    by_pool began[kChips];
    by_pool most[kChips];  // from this mark to the next one
};

// In wiped memory: a forked child holds nothing, and nobody has marked anything there.
static struct {
    uint32_t lock;
    uint32_t chips;
    uint64_t chip_ids[kChips];
    by_pool taken[kChips];
    uint32_t last_number;
    uint32_t count;
    struct mark marks[TTMEM_PRELOAD_MARKS];  // oldest first
} * all;

bool marks_begin(void) {
    if (all == NULL) all = wiped_memory(sizeof *all);
    return all != NULL;
}

// -1: there are more chips than a process can have. `guess`: where it usually is.
static int number_of_chip(uint64_t chip_id, uint32_t guess) {
    if (guess < all->chips && all->chip_ids[guess] == chip_id) return (int)guess;
    for (uint32_t i = 0; i < all->chips; i++) {
        if (all->chip_ids[i] == chip_id) return (int)i;
    }
    if (all->chips == kChips) return -1;
    const uint32_t made = all->chips++;
    all->chip_ids[made] = chip_id;
    for (uint32_t i = 0; i < all->count; i++) {
        memset(all->marks[i].began[made], 0, sizeof(by_pool));
        memset(all->marks[i].most[made], 0, sizeof(by_pool));
    }
    return (int)made;
}

void count_taken(const struct device* device, uint32_t pool, uint64_t bytes) {
    if (pool >= TTMEM_POOLS) return;
    lock(&all->lock);
    struct mark* newest = all->count != 0 ? &all->marks[all->count - 1] : NULL;
    for (uint32_t i = 0; i < device->chip_count; i++) {
        const int chip = number_of_chip(device->chip_ids[i], i);
        if (chip < 0) continue;
        const uint64_t now = all->taken[chip][pool] += bytes;
        if (newest != NULL && now > newest->most[chip][pool]) newest->most[chip][pool] = now;
    }
    unlock(&all->lock);
}

void count_given_back(const struct device* device, uint32_t pool, uint64_t bytes) {
    if (pool >= TTMEM_POOLS) return;
    lock(&all->lock);
    for (uint32_t i = 0; i < device->chip_count; i++) {
        const int chip = number_of_chip(device->chip_ids[i], i);
        if (chip >= 0) all->taken[chip][pool] -= bytes;
    }
    unlock(&all->lock);
}

uint32_t ttmem_preload_mark(void) {
    if (all == NULL) return TTMEM_PRELOAD_NO_MARK;
    uint32_t number = TTMEM_PRELOAD_NO_MARK;
    lock(&all->lock);
    if (all->count < TTMEM_PRELOAD_MARKS) {
        struct mark* mark = &all->marks[all->count++];
        memcpy(mark->began, all->taken, all->chips * sizeof(by_pool));
        memcpy(mark->most, all->taken, all->chips * sizeof(by_pool));
        if (++all->last_number == TTMEM_PRELOAD_NO_MARK) all->last_number++;
        number = mark->number = all->last_number;
    }
    unlock(&all->lock);
    return number;
}

// Where it is among the marks, or how many there are.
static uint32_t index_of(uint32_t number) {
    uint32_t i = 0;
    while (i < all->count && all->marks[i].number != number) i++;
    return i;
}

static void raise_all(by_pool* most, const by_pool* other, uint32_t chips) {
    for (uint32_t chip = 0; chip < chips; chip++) {
        for (int pool = 0; pool < TTMEM_POOLS; pool++) {
            if (other[chip][pool] > most[chip][pool]) most[chip][pool] = other[chip][pool];
        }
    }
}

int ttmem_preload_since(uint32_t number, struct ttmem_preload_use* uses, int room) {
    if (all == NULL) return -1;
    int count = -1;
    lock(&all->lock);
    const uint32_t first = index_of(number);
    if (first < all->count) {
        count = (int)all->chips;
        for (int chip = 0; chip < count && chip < room; chip++) {
            struct ttmem_preload_use* use = &uses[chip];
            use->chip_id = all->chip_ids[chip];
            memcpy(use->began, all->marks[first].began[chip], sizeof(by_pool));
            memcpy(use->now, all->taken[chip], sizeof(by_pool));
            memset(use->most, 0, sizeof(by_pool));
            for (uint32_t i = first; i < all->count; i++) {
                raise_all(&use->most, (const by_pool*)&all->marks[i].most[chip], 1);
            }
        }
    }
    unlock(&all->lock);
    return count;
}

void ttmem_preload_unmark(uint32_t number) {
    if (all == NULL) return;
    lock(&all->lock);
    const uint32_t i = index_of(number);
    if (i < all->count) {
        if (i > 0) raise_all(all->marks[i - 1].most, (const by_pool*)all->marks[i].most, all->chips);
        memmove(&all->marks[i], &all->marks[i + 1], (all->count - i - 1) * sizeof all->marks[0]);
        all->count--;
    }
    unlock(&all->lock);
}
