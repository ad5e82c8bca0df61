// Allocations that failed: the newest of them, in the allocator's own figures.
#pragma once

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

ttmem_result record_failure(const ttmem_failure* failure);

}  // namespace ttmem::client
