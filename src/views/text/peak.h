// `ttmem peak`: what was live when the use of each pool was largest.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/recording/timeline.h"
#include "src/views/text/look.h"
#include "src/views/values/peak.h"

namespace ttmem {

// The verdict on one pool: how much, of how much, on which chips, in what, and what it was made of where that is known.
std::string peak_sentence(const Recording& recording, const PoolPeak& peak, const Look& look);

// What every view of a recording begins with: what failed, the peak of the first pool, what leaked in the others.
std::string first_line(const Recording& recording, const std::vector<PoolPeak>& pools, const Look& look);
std::string first_line(const Recording& recording, const std::vector<PoolTimeline>& pools, const Look& look);

// As people say it: "kept to the end", and where processes still run "kept so far".
std::string part_words(Part part, const Recording& recording);

std::string peak_text(const PeakValues& values, const Look& look);

}  // namespace ttmem
