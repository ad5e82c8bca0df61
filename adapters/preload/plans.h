// A program's plan: where in L1 its circular buffers, dataflow buffers and scratchpads lie.
//
// Each kind is planned by a call of its own, on any thread; a list begins anew with the first buffer after such a call,
// so that a call that finds everything planned already changes nothing.
#ifndef TTMEM_PRELOAD_PLANS_H
#define TTMEM_PRELOAD_PLANS_H

#include <stdbool.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

enum plan_list { LIST_CIRCULAR, LIST_DATAFLOW, LIST_SCRATCHPAD, LIST_COUNT };

struct planned_buffer {
    uint64_t address, bytes;
    uint8_t flags;
    uint32_t first_range, range_count;
};

struct plan_of_kind {
    struct planned_buffer* buffers;
    uint32_t count, capacity;
    const void* device;  // the first that the buffers were told for: others repeat them
    ttmem_core_range* ranges;
    uint32_t range_count, range_capacity;
};

struct plan {
    struct plan_of_kind lists[LIST_COUNT];
    bool is_told;  // as it is now
    bool is_cut;   // there was no memory for all of it
};

struct program;

// Tells ttmem of the plan at a place, unless it is told.
void tell_plan(struct program* program, ttmem_place place);

// Where the last of its buffers ends; 0 of an empty plan.
uint64_t end_of_plan(const struct plan* plan);

void free_plan(struct plan* plan);

#endif
