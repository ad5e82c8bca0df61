#include "adapters/preload/table.h"

#include <errno.h>
#include <stdlib.h>

#include "adapters/preload/forks.h"

enum { kParts = 64, kFirstCapacity = 64 };

struct part {
    _Alignas(64) uint32_t lock;
    uint32_t count;
    uint64_t capacity;  // a power of two, or 0
    struct entry* entries;
    uint64_t changes;
};

bool table_begin(struct table* table) {
    if (table->parts != NULL) return true;
    table->parts = wiped_memory(kParts * sizeof(struct part));
    return table->parts != NULL;
}

static uint64_t hash_of(const void* key) { return ((uint64_t)key >> 4) * UINT64_C(0x9E3779B97F4A7C15); }

static struct part* part_of(const struct table* table, uint64_t hash) { return &table->parts[hash >> 58]; }

static uint64_t home(const struct part* part, const void* key) { return (hash_of(key) >> 20) & (part->capacity - 1); }

// Where the key is, or where it would be put.
static struct entry* place_of(const struct part* part, const void* key) {
    uint64_t i = home(part, key);
    while (part->entries[i].key != NULL && part->entries[i].key != key) i = (i + 1) & (part->capacity - 1);
    return &part->entries[i];
}

static bool grow(struct part* part) {
    if ((uint64_t)part->count * 4 < part->capacity * 3) return true;
    const int error = errno;
    const uint64_t capacity = part->capacity == 0 ? kFirstCapacity : part->capacity * 2;
    struct entry* entries = calloc(capacity, sizeof *entries);
    errno = error;
    if (entries == NULL) return part->count + 1 < part->capacity;
    struct part larger = *part;
    larger.capacity = capacity;
    larger.entries = entries;
    for (uint64_t i = 0; i < part->capacity; i++) {
        if (part->entries[i].key != NULL) *place_of(&larger, part->entries[i].key) = part->entries[i];
    }
    free(part->entries);
    part->entries = entries;
    part->capacity = capacity;
    return true;
}

// Entries after it that are not at home move up, so that no search ends too early.
static void erase(struct part* part, struct entry* entry) {
    const uint64_t mask = part->capacity - 1;
    uint64_t hole = (uint64_t)(entry - part->entries);
    for (uint64_t i = (hole + 1) & mask; part->entries[i].key != NULL; i = (i + 1) & mask) {
        if (((i - home(part, part->entries[i].key)) & mask) >= ((i - hole) & mask)) {
            part->entries[hole] = part->entries[i];
            hole = i;
        }
    }
    part->entries[hole].key = NULL;
    part->count--;
}

bool table_put(struct table* table, const struct entry* entry, struct entry* replaced) {
    struct part* part = part_of(table, hash_of(entry->key));
    replaced->key = NULL;
    lock(&part->lock);
    const bool room = grow(part);
    if (room) {
        struct entry* place = place_of(part, entry->key);
        if (place->key == NULL) {
            part->count++;
        } else {
            *replaced = *place;
        }
        *place = *entry;
        part->changes++;
    }
    unlock(&part->lock);
    return room;
}

static bool look_up(struct table* table, const void* key, struct entry* found, bool take) {
    struct part* part = part_of(table, hash_of(key));
    lock(&part->lock);
    struct entry* place = part->capacity == 0 ? NULL : place_of(part, key);
    const bool is_there = place != NULL && place->key != NULL;
    if (is_there) *found = *place;
    if (is_there && take) {
        erase(part, place);
        part->changes++;
    }
    unlock(&part->lock);
    return is_there;
}

bool table_get(struct table* table, const void* key, struct entry* found) { return look_up(table, key, found, false); }

bool table_take(struct table* table, const void* key, struct entry* taken) { return look_up(table, key, taken, true); }

void table_visit(struct table* table, bool (*keep)(struct entry*, void*), void* user) {
    for (int p = 0; p < kParts; p++) {
        struct part* part = &table->parts[p];
        lock(&part->lock);
        for (uint64_t i = 0; i < part->capacity;) {
            struct entry* entry = &part->entries[i];
            if (entry->key == NULL || keep(entry, user)) {
                i++;
            } else {
                erase(part, entry);  // another may have moved here; one that moved over the end is visited twice
                part->changes++;
            }
        }
        unlock(&part->lock);
    }
}

uint64_t table_changes(const struct table* table) {
    uint64_t changes = 0;
    for (int p = 0; p < kParts; p++) changes += __atomic_load_n(&table->parts[p].changes, __ATOMIC_RELAXED);
    return changes;
}

bool table_change(struct table* table, const void* key, bool (*change)(struct entry*, void*), void* user) {
    struct part* part = part_of(table, hash_of(key));
    lock(&part->lock);
    const bool room = grow(part);
    if (room) {
        struct entry* place = place_of(part, key);
        if (place->key == NULL) {
            *place = (struct entry){.key = key};
            part->count++;
        }
        if (!change(place, user)) erase(part, place);
        part->changes++;
    }
    unlock(&part->lock);
    return room;
}
