// What is in use on several chips together.
#pragma once

#include <span>

#include "src/model/chip.h"

namespace ttmem {

// Requested and reserved bytes and capacity; each is absent as soon as that of one chip is not known, and 0 where
// there are no chips. Peaks and counts stay absent: peaks of chips are of different moments, and an allocation of a
// mesh is on many chips.
PoolUse sum_over(std::span<const ChipUse> chips, Pool pool);

// Of circular buffers: reserved and resident bytes.
CbUse sum_of_cbs(std::span<const ChipUse> chips);

}  // namespace ttmem
