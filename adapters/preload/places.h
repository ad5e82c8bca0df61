// The meshes and chips of tt-metal as places of ttmem.
//
// A mesh becomes one when it was initialized, and ends with its close. One that was never initialized is none. A mesh
// that was not seen to begin (a sub-mesh of some versions, a late attachment) begins with its first event. A chip of a
// mesh is a place of its own once something is allocated on it alone.
#ifndef TTMEM_PRELOAD_PLACES_H
#define TTMEM_PRELOAD_PLACES_H

#include "adapters/preload/devices.h"

bool places_begin(void);

// Of a pointer that a buffer, a plan or a call has; opened when it is met first. NULL: it is none that can be followed.
struct device* device_of(const void* pointer);

// A mesh that is being closed by this thread gives back all that this allocator holds. false: none is closed.
bool close_begins(const void* allocator);

#endif
