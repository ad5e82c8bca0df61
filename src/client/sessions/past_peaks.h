// Peaks of sessions whose record is used again: they stay with their chips.
#pragma once

#include <cstdint>

namespace ttmem::client {

// Folds the peaks of a closed session into its chips. Requires: the book's lock; no session record that was used is
// free.
void fold_peaks(uint32_t session);

}  // namespace ttmem::client
