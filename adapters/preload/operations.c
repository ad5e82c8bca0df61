// Operations of ttnn as its Python side tells them. This library's own entries: see README.md.
#include <ttmem/ttmem.h>

#include "adapters/preload/context.h"

#define EXPORTED __attribute__((visibility("default")))

_Thread_local struct context context;

EXPORTED uint32_t ttmem_preload_op(const char* name);
EXPORTED void ttmem_preload_op_begin(uint32_t operation);
EXPORTED void ttmem_preload_op_end(void);

// The number of a name, to be kept.
uint32_t ttmem_preload_op(const char* name) { return ttmem_intern(name); }

void ttmem_preload_op_begin(uint32_t operation) {
    if (context.depth < kDeepestOperation) context.operations[context.depth] = operation;
    context.depth++;
    ttmem_op_begin(operation);
}

void ttmem_preload_op_end(void) {
    if (context.depth == 0) return;
    context.depth--;
    ttmem_op_end();
}
