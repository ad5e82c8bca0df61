// The kernel's part of the C library: functions that lie in the memory of each process (vDSO), called at once. The way
// through the C library costs a third of such a call.
#pragma once

#include <time.h>

namespace ttmem::client {

using ClockGettime = int (*)(clockid_t, timespec*);

// The kernel's clock_gettime(), where it gives one, else the C library's. Calls nothing that takes a lock.
ClockGettime find_clock_gettime();

// The function of that name in an ELF image as the loader would have laid it out (vDSOs are), or nullptr. Requires: a
// sound image, which the kernel's is.
void* find_in_image(const char* image, const char* name);

}  // namespace ttmem::client
