// The buffers that are live, by their Buffer*: two of them may have one address.
#ifndef TTMEM_PRELOAD_LIVE_H
#define TTMEM_PRELOAD_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/preload/devices.h"
#include "adapters/preload/symbols.h"

bool live_begin(void);

// A buffer that this allocator has given on this device, until it is freed. What cannot be held is counted as
// untracked.
void record_buffer(struct device* device, const void* allocator, const void* buffer);

// What is not known was never recorded, or is a parent's.
void free_buffer(const void* buffer);

// An allocator takes all of its buffers back, without events of theirs.
void free_all_buffers(const void* allocator);

// Guarded work: takes over what the allocator of the device in argument[0] holds already.
void adopt_buffers(struct registers* r);

// The device is closed: what it held is gone, without events of its own.
void forget_buffers(const struct device* device);

// Nothing more is recorded of this mesh.
void give_up(struct device* device, const char* why);

// What is known to be live at the device, per bank of each pool; and how often anything changed.
void live_per_bank(const struct device* device, uint64_t bytes[TTMEM_POOLS], uint64_t* count);
uint64_t buffer_changes(void);

#endif
