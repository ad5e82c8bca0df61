// Compares what a reader recovered with the truth.
#pragma once

#include <string>

#include "tests/crash/oracle.h"
#include "tests/crash/recovered.h"

namespace ttmem::crash {

// Empty when all is right; else what is wrong, in words. `ring_capacity`: events that a ring holds. `ringless`: threads
// at and above this number had no ring, so that they have no history.
std::string find_flaw(const Recovered& seen, const Oracle& truth, uint64_t ring_capacity, int ringless);

}  // namespace ttmem::crash
