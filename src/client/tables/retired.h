// Allocations that room was made of: by slot, the generation of the last one. A free of it that comes later is late,
// and no mistake.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/tables/private_table.h"

namespace ttmem::client {

extern constinit PrivateTable<std::atomic<uint64_t>> retired;

}  // namespace ttmem::client
