// The chips as a picture: a line of bars for each, or a grid of levels where there are many.
#pragma once

#include "src/views/tui/content.h"

namespace ttmem::tui {

Picture chips_picture(const TopValues& values, const State& state, Size size);

// "dram of chip 3 is fullest: 93.1% (11.2 GiB of 12.0 GiB)"; "" where no chip has a known capacity.
std::string fullest_sentence(const TopValues& values, const Look& look);
Ink fullest_ink(const TopValues& values);

// The chips that `d` has chosen, in order.
std::vector<ChipUse> chosen_chips(const Snapshot& snapshot, const State& state);

}  // namespace ttmem::tui
