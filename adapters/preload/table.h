// A table from pointers of the runtime to what is known of them. Threads meet in one of 64 parts only when their
// pointers fall into the same one, for the time of a few stores; it grows as it must. In a forked child it is empty:
// the child has none of the parent's allocations.
#ifndef TTMEM_PRELOAD_TABLE_H
#define TTMEM_PRELOAD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct entry {
    const void* key;
    uint64_t value[4];
};

struct part;
struct table {
    struct part* parts;  // NULL before table_begin()
};

// false: there is no memory.
bool table_begin(struct table* table);

// Keeps an entry in place of one with the same key, which goes to `replaced` (key NULL: there was none). false: there
// is no memory for it.
bool table_put(struct table* table, const struct entry* entry, struct entry* replaced);

// The entry of a key, and in table_take() its end. false: there is none.
bool table_get(struct table* table, const void* key, struct entry* found);
bool table_take(struct table* table, const void* key, struct entry* taken);

// Calls keep(entry, user) for every entry, part by part, each locked: it may change values, and removes what it returns
// false for. It must not use the table.
void table_visit(struct table* table, bool (*keep)(struct entry*, void*), void* user);

// How often entries came and went: the same number twice means that nothing happened between.
uint64_t table_changes(const struct table* table);

// Calls change(entry, user) with the key's part locked, the entry made when there is none (values 0); removes it when
// false is returned. false: there is no memory.
bool table_change(struct table* table, const void* key, bool (*change)(struct entry*, void*), void* user);

#endif
