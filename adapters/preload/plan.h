// A program's plan: where in L1 its circular buffers, dataflow buffers and scratchpads lie.
//
// Each kind is planned by a call of its own, on any thread; a list begins anew with the first buffer after such a call,
// so that a call that finds everything planned already changes nothing.
#ifndef TTMEM_PRELOAD_PLAN_H
#define TTMEM_PRELOAD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

enum plan_list { LIST_CIRCULAR, LIST_DATAFLOW, LIST_SCRATCHPAD, LIST_COUNT };

// How CoreRange lies in memory: two pairs of size_t, both ends included.
struct core_range {
    uint64_t x0, y0, x1, y1;
};

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

// A list begins anew; what is told of other devices than this one repeats it.
void begin_list(struct plan* plan, enum plan_list kind, const void* device);

// One more buffer, on these ranges of cores.
void plan_buffer(struct plan* plan, enum plan_list kind, struct planned_buffer buffer, const struct core_range* first,
                 size_t count);

// One region that a program has marked as taken on a range of cores, which none of its dataflow buffers there reaches
// to the end: what is behind them is scratchpads. To be called for each after begin_list() of scratchpads.
void plan_region(struct plan* plan, const struct core_range* cores, uint64_t begin, uint64_t end);

// Tells ttmem of the program's plan at a place, unless it is told.
void tell_plan(struct plan* plan, ttmem_handle program, ttmem_place place);

// Where the last of its buffers ends; 0 of an empty plan.
uint64_t end_of_plan(const struct plan* plan);

void free_plan(struct plan* plan);

#endif
