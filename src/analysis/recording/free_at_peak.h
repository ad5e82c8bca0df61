// The largest free block of each bank at the moment when the use of a pool was largest, as its allocator saw it.
#pragma once

#include <optional>
#include <vector>

#include "src/analysis/recording/peak.h"

namespace ttmem {

// For each of the peaks: exact where the begin of a bank is known and no sub-device has an allocator of its own. Absent
// where the peak is not exact, or not what is recorded.
std::vector<std::optional<Interval>> largest_free_at(const Recording& recording,
                                                     const std::vector<const PoolPeak*>& peaks);

}  // namespace ttmem
