// The buffers that tt-metal's allocators have given, by their Buffer*: two live ones may have one address.
//
// What counts is what an allocator was asked for and tt-metal then tells of. Phantoms, buffers of a capture that
// dispatches nothing, never ask an allocator.
#ifndef TTMEM_PRELOAD_BUFFERS_H
#define TTMEM_PRELOAD_BUFFERS_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/preload/places.h"
#include "adapters/preload/symbols.h"

bool buffers_begin(void);

// Guarded work: takes over what the allocator of the device in argument[0] holds already.
void adopt_buffers(struct registers* r);

// The device is closed: what it held is gone, without events of its own.
void forget_buffers(const struct device* device);

// What is known to be live at the device, per bank of each pool; and how often anything changed.
void live_per_bank(const struct device* device, uint64_t bytes[TTMEM_POOLS], uint64_t* count);
uint64_t buffer_changes(void);

#endif
