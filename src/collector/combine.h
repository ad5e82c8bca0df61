// Several processes on one chip: their figures added up, their descriptions made one. Pure.
//
//   in use     sums over the processes
//   peak       exact where one process alone was on the chip; else the interval from the largest of the single peaks
//              and of what living processes have in use now, to the sum of the peaks of those that lived at one time,
//              but no more than the capacity
//   capacity   absent, with a note, where the processes disagree; so is every other field of the description
#pragma once

#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

// The chips of these processes, ordered by logical id, then by chip id. Notes what they disagree about.
std::vector<ChipUse> combine_chips(const std::vector<const Process*>& processes, Coverage& coverage);

// Those of a snapshot that fit: live ones, or all of them (of a dead process what it held at its end).
enum class Which : uint8_t { kLive, kAll };
std::vector<ChipUse> combine_chips(const Snapshot& snapshot, Which which, Coverage& coverage);

}  // namespace ttmem
