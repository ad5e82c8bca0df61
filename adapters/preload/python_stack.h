// The call stack of the Python code that this thread runs, for the level `stacks`.
//
// It is asked for with Python's lock or without: the lock is never taken, for whoever holds it may wait for the thread
// that asks. Nothing of Python's is kept: no reference to a frame, a code object or what they name.
#ifndef TTMEM_PRELOAD_PYTHON_STACK_H
#define TTMEM_PRELOAD_PYTHON_STACK_H

#include <ttmem/ttmem.h>

// The number of a call stack, of its innermost 32 frames. 0: this thread does not hold the lock of the main
// interpreter, runs no Python code, or this Python or the program's own libttmem, which may be older, lacks something
// that it takes.
__attribute__((visibility("default"))) ttmem_stack ttmem_preload_stack(void);

// Requires: a stack that this gave, not 0.
ttmem_handle record_with_stack(const ttmem_allocation* allocation, ttmem_stack stack);

#endif
