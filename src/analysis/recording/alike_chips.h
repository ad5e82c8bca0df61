// Peaks of chips that were used alike, as one.
#pragma once

#include <utility>
#include <vector>

#include "src/analysis/recording/peak.h"

namespace ttmem {

// Chips that were used alike, though each by calls of its own, as where every chip is opened by itself: of `peak` all
// of them, at moments of their own up to `last`.
struct AlikeChips {
    PoolPeak peak;
    std::pair<WallTime, WallTime> last;  // since and until when it was so on the last of them
};

// In the order in which the first of each comes.
std::vector<AlikeChips> alike_chips(const std::vector<PoolPeak>& pools);

}  // namespace ttmem
