// Finding the tt-metal of this process, when the first hook is called or somebody asks, and deciding whether to follow
// it.
#ifndef TTMEM_PRELOAD_FOLLOWING_H
#define TTMEM_PRELOAD_FOLLOWING_H

#include <stdint.h>

// Finds tt-metal unless it was found. From stubs, through find_original(), and from ttmem_preload_attach().
void find_runtime(const void* caller);

// The original of a hook, for a caller at this address; does not return without one, as the loader would not.
void find_original(uint32_t hook, const void* caller);

#endif
