// Making slots free that a close released: what stood in them was evidence, and is counted as it goes.
#pragma once

#include <cstdint>

namespace ttmem::client {

// Each ends all live allocations of the session, or of all closed ones, and returns their number. Requires: the book's
// lock.
uint64_t retire_session(uint32_t session);
uint64_t retire_closed_sessions();

}  // namespace ttmem::client
