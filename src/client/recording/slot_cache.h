// A thread's own free slots, from which it takes without any shared word.
#pragma once

#include "src/client/threads/thread.h"

namespace ttmem::client {

// Fills the empty cache of a thread, at the cost of slots that a close released if need be. False: the ledger is full.
bool refill(Thread& thread);

// Makes room in the full cache of a thread: the older half goes to the others.
void hand_over_half(Thread& thread);

}  // namespace ttmem::client
