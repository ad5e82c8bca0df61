// Allocations and plans that failed, with the allocator's own figures at that moment.
#ifndef TTMEM_PRELOAD_FAILURES_H
#define TTMEM_PRELOAD_FAILURES_H

// The allocator threw, and has given up its mutex.
void record_out_of_memory(const void* allocator, const void* buffer);

#endif
