// Why figures, or an address, cannot be of any chip that is here: they come from a message of another machine. Only
// what the silicon cannot have tells that; what is set when a device is opened may differ from run to run.
#pragma once

#include <optional>
#include <string>

#include "src/analysis/snapshot/select.h"
#include "src/model/failure_figures.h"
#include "src/model/snapshot.h"

namespace ttmem {

// "This message is of another chip than the one here (wormhole_b0): it has 8 banks of DRAM, and here are 12. ..."
// Absent where a chip here could have said it, or where none is known.
std::optional<std::string> why_of_another_chip(const Snapshot& snapshot, const FailureFigures& figures);

// "It is beyond the end of every bank here (wormhole_b0): ...", of the pools and chips that the filter chooses. Absent
// where one may reach as far.
std::optional<std::string> why_of_no_bank(const Snapshot& snapshot, DeviceAddress address, const Filter& filter);

}  // namespace ttmem
