// The peaks that processes counted themselves, added up per chip, narrowed to what a recording of them knows of their
// order. Nothing changes where the recording lacks more than a gap, or where the two contradict each other.
#pragma once

#include <vector>

#include "src/analysis/recording/peak.h"
#include "src/model/chip.h"

namespace ttmem {

// Whether any of them is an interval, which a recording may narrow.
bool has_inexact_peak(const std::vector<ChipUse>& chips);

void narrow_peaks(const Peaks& peaks, std::vector<ChipUse>& chips);

}  // namespace ttmem
