// Captured traces, by mesh and number. A trace ends with its release, or with its buffer where a release cannot be
// seen.
#ifndef TTMEM_PRELOAD_TRACES_H
#define TTMEM_PRELOAD_TRACES_H

#include <stdbool.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

struct device;

bool traces_begin(void);

// The buffer of a trace's commands was allocated, or freed.
void trace_buffer_allocated(ttmem_handle trace, const void* buffer);
void trace_buffer_freed(const void* buffer);

// The mesh is closed, and its traces with it.
void release_traces(const struct device* mesh);

#endif
