// What one process uses of its chips, from its ledger.
//
//   in use   sum over the sessions that are open on the chip, of the slots that are live in them
//   peak     bound_peaks() over the peaks of all its sessions there, and over those whose records were used again
#pragma once

#include <vector>

#include "src/collector/cb_figures.h"
#include "src/model/chip.h"
#include "src/reader/image.h"

namespace ttmem {

// By record of the ledger. Figures are absent when the ledger says that this version cannot derive any.
// `cbs`: of the same image.
std::vector<ChipUse> chip_figures(const ledger::LedgerImage& image, const CbFiguresOfProcess& cbs);

// What stands in open sessions: of an ended process, what it held.
struct Holdings {
    uint64_t allocations = 0;
    uint64_t requested_bytes = 0;  // summed over chips
};
Holdings holdings(const ledger::LedgerImage& image);

}  // namespace ttmem
