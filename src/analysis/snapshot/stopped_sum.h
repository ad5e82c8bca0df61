// Sums stop where numbers end: then they are lower bounds.
#pragma once

#include "src/analysis/snapshot/attribution.h"

namespace ttmem {

inline bool is_stopped(const Sum& sum) { return sum.requested_bytes == UINT64_MAX || sum.reserved_bytes == UINT64_MAX; }

inline void note_if_stopped(const Sum& sum, Coverage& coverage) {
    if (is_stopped(sum))
        coverage.note("Some sums are 2^64 bytes or more: they are shown as 2^64 - 1, which is a lower bound.");
}

}  // namespace ttmem
