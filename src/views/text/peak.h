// `ttmem peak`: what was live when the use of each pool was largest.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/peak.h"

namespace ttmem {

// The verdict on one pool: how much, of how much, on which chips, in what, and what it was made of where that is known.
std::string peak_sentence(const Recording& recording, const PoolPeak& peak, const Look& look);

std::string peak_text(const PeakValues& values, const Look& look);

}  // namespace ttmem
