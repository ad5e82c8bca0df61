// The chips of a mesh as tt-metal describes them.
#ifndef TTMEM_PRELOAD_CHIPS_H
#define TTMEM_PRELOAD_CHIPS_H

#include "adapters/preload/devices.h"

bool chips_begin(void);

// Reads which chips a mesh has, in its order, and its shape. false: there is no memory, or it has none.
bool read_chips(struct device* mesh);

// Tells ttmem of the mesh's chips, or brings them up to date: what the allocator's pools are moves with sub-devices.
void register_chips(struct device* mesh);

#endif
