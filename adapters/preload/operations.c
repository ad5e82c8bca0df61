// Operations of ttnn as its Python side tells them. This library's own entries: see README.md.
#define _GNU_SOURCE
#include "adapters/preload/operations.h"

#include <dlfcn.h>
#include <stdio.h>
#include <ttmem/ttmem.h>

#include "adapters/preload/context.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/observer.h"
#include "adapters/preload/python_stack.h"

#define EXPORTED __attribute__((visibility("default")))

_Thread_local struct context context;
static bool operations_are_told;

EXPORTED uint32_t ttmem_preload_op(const char* name);
EXPORTED void ttmem_preload_op_begin(uint32_t operation);
EXPORTED void ttmem_preload_op_end(void);
EXPORTED void ttmem_preload_ops_are_told(void);

// The number of a name, to be kept.
uint32_t ttmem_preload_op(const char* name) { return ttmem_intern(name); }

void ttmem_preload_op_begin(uint32_t operation) {
    if (context.depth == 0) context.call_stack = ttmem_get_level() == TTMEM_LEVEL_STACKS ? ttmem_preload_stack() : 0;
    if (context.depth < kDeepestOperation) context.operations[context.depth] = operation;
    context.depth++;
    ttmem_op_begin(operation);
}

void ttmem_preload_op_end(void) {
    if (context.depth == 0) return;
    context.depth--;
    ttmem_op_end();
    if (context.has_failed) observe_end_of_operation();
}

void ttmem_preload_ops_are_told(void) { operations_are_told = true; }

// An int of CPython's that its command line set.
static int flag_of_python(const char* name) {
    const int* flag = dlsym(RTLD_DEFAULT, name);
    return flag != NULL && *flag != 0;
}

void note_missing_names(void) {
    int (*is_python)(void);
    *(void**)&is_python = dlsym(RTLD_DEFAULT, "Py_IsInitialized");
    if (operations_are_told || is_python == NULL || !is_python()) return;
    const char* option = flag_of_python("Py_IsolatedFlag")            ? "Python was started with -I"
                         : flag_of_python("Py_NoSiteFlag")            ? "Python was started with -S"
                         : flag_of_python("Py_IgnoreEnvironmentFlag") ? "Python was started with -E"
                                                                      : "its Python has not read ttmem's sitecustomize";
    char text[256];
    snprintf(text, sizeof text, "its operations have no names: %s; --iterations-by finds none", option);
    note_incomplete(text);
}
