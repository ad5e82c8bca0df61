// Waiting until other threads are outside of their operations, for which those have no word to write.
//
// What an operation may do depends on words of the library: whose row it is (row_writers.h). It makes its ring's
// sequence odd, asks them, and makes its stores. Whoever changes such a word stores it, makes a barrier in all threads
// of the process (membarrier), and waits for an even sequence: either the operation sees the new word, or it is waited
// for. A thread without a ring cannot be waited for.
#pragma once

#include "src/ledger/layout.h"

namespace ttmem::client {

// In a new ledger's process, which may be a child, the kernel has to be asked again. Requires: nobody knows the ledger
// yet. All others require the rows' lock.
void forget_barrier();

// Whether the kernel has that barrier. Where not, the words must be such from the start that nobody has to be waited
// for.
bool can_wait_for_threads();

void barrier_in_all_threads();
// After the barrier.
void wait_until_outside(const ledger::RingHeader& ring);

}  // namespace ttmem::client
