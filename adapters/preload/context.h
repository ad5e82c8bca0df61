// What the calling thread is at: which operation, which call of tt-metal. Small: it lies in the static TLS of a process
// that may have loaded this library late.
#ifndef TTMEM_PRELOAD_CONTEXT_H
#define TTMEM_PRELOAD_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

enum { kDeepestOperation = 32 };

struct program;
struct device;
struct context {
    // The buffer that this thread's allocator was asked for last, until tt-metal tells that it has it.
    const void *asked_buffer, *asked_allocator;
    bool has_asked;
    bool adopts;       // what was allocated before this library came
    bool has_failed;   // something, since the operation that runs began (observer.h)
    bool is_inside;    // of an allocation or a free: the allocator and what is recorded may differ (audit.h)
    uint32_t counter;  // the number of this thread among those that came here; 0: none yet

    uint8_t kind;         // ttmem_class of what is allocated; unknown: by the operation
    ttmem_handle holder;  // of what is allocated: the program whose binaries are loaded, the trace that ends

    const void* initializing_mesh;
    struct device* closing;  // the mesh that is being closed
    uint32_t closes;         // how many closes this thread is in, of meshes that are known and others
    struct device* last_device;
    struct program* planning;
    uint8_t fresh_plan;  // which lists of the plan begin anew with the next buffer

    uint32_t changes, next_audit;

    uint32_t depth;          // of operations
    ttmem_stack call_stack;  // in which the outermost was called, at the level of stacks; 0 not known
    ttmem_text operations[kDeepestOperation];
};
extern _Thread_local struct context context;

static inline ttmem_text current_operation(void) {
    const uint32_t depth = context.depth < kDeepestOperation ? context.depth : kDeepestOperation;
    return depth != 0 ? context.operations[depth - 1] : 0;
}

#endif
