// Leaks that the close of a place finds: afterwards no one could tell what was a leak then, for iterations, programs
// and traces end later, too.
#pragma once

#include <cstdint>

namespace ttmem::client {

// Marks what has leaked of a session that is about to be closed.
void mark_leaks(uint32_t session);

}  // namespace ttmem::client
