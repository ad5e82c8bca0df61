// Circular buffers of one process, from its ledger: what each chip has reserved and resident, and what each program.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/model/cb_plan.h"
#include "src/model/chip.h"
#include "src/reader/image.h"

namespace ttmem {

CbPlan plan_of(const ledger::PlanImage& image);

// A holding of LedgerImage::holdings, in numbers.
struct HoldingFigures {
    uint64_t reserved_bytes = 0;  // on one chip
    uint64_t largest_core = 0;
    struct OnChip {
        size_t chip;  // record of the ledger
        CoreSet cores;
        uint64_t bytes;
    };
    std::vector<OnChip> resident;  // where it has at least one core
};

struct CbFiguresOfProcess {
    std::vector<CbPlan> plans;             // of LedgerImage::plans
    std::vector<CbUse> chips;              // by chip record
    std::vector<HoldingFigures> holdings;  // by position in LedgerImage::holdings
};

// `chips` is empty when the ledger has no place for circular buffers: then their figures are not known.
CbFiguresOfProcess cb_figures(const ledger::LedgerImage& image);

// The figures of regions, which may be of several processes.
CbUse cb_use(std::shared_ptr<const CbRegions> regions);

}  // namespace ttmem
