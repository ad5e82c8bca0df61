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

// What leaked in pools beside the first one, which a view opens on: " Leaked in dram: 15.1 MiB per chip."; "" none.
std::string leaked_elsewhere(const std::vector<PoolPeak>& pools, const Look& look);
std::string leaked_elsewhere(const std::vector<PoolTimeline>& pools, const Look& look);

// As people say it: "kept to the end".
std::string part_words(Part part);

std::string peak_text(const PeakValues& values, const Look& look);

}  // namespace ttmem
