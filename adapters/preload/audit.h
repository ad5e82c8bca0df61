// Now and then this library's sums are held against the allocator's own statistics. Where they keep differing it says
// so and records nothing more of that mesh: no figure rather than a wrong one.
#ifndef TTMEM_PRELOAD_AUDIT_H
#define TTMEM_PRELOAD_AUDIT_H

#include "adapters/preload/devices.h"

bool audit_begin(void);

// The calling thread is inside of an allocation or a free, until it says that it is not: nobody is audited meanwhile.
void enter_allocator(void);
void leave_allocator(void);

// One more change of the calling thread's buffers; compares when it is time. Never inside of allocate_buffer().
void audit(struct device* device);

#endif
