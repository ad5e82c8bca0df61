// How many bytes of circular buffers each core of one chip has: reserved by live programs, and resident.
//
//   reserved   union of the address ranges of all plans of live programs, per core
//   resident   per core, the plan of the newest dispatch that covers the core; 0 when that program is gone, never an
//              older program's
//
// Sums of sizes over programs mean nothing: programs begin at the same address. Cost grows with the number of different
// plans and their cores, not with programs or dispatches.
#pragma once

#include <cstdint>
#include <vector>

#include "src/model/cb_plan.h"

namespace ttmem {

struct CbFigures {
    uint64_t bytes = 0;                    // sum over the cores
    uint64_t largest_core = 0;             // bytes of the core that has most
    uint64_t highest_end = 0;              // where the highest range of any core ends; 0 without
    uint8_t largest_x = 0, largest_y = 0;  // that core; of several the first
};

// Of the union of these regions.
CbFigures figures_of(std::vector<CbRegion> regions);

// What one plan alone reserves, on the cores of one chip.
CbFigures figures_of(const CbPlan& plan);

class CbPainter {
public:
    // Who dispatched: any number of the caller's, of which each stands for one plan. 0: nobody who still has it, so
    // that its cores have 0 until a newer dispatch.
    using Owner = uint32_t;

    // Plans are kept by reference until the figures have been taken.
    void add_live_plan(const CbPlan& plan) { live_.push_back(&plan); }

    // `ticket`: order of dispatches, greater is newer.
    void add_dispatch(uint64_t ticket, const CbPlan& plan, Owner owner) {
        dispatches_.push_back({ticket, &plan, owner});
    }

    std::vector<CbRegion> reserved() const;

    // The cores that each owner has, and what of its plan lies there.
    struct Resident {
        Owner owner;
        CoreSet cores;
        std::vector<CbRegion> regions;
    };
    std::vector<Resident> resident() const;

private:
    struct Dispatch {
        uint64_t ticket;
        const CbPlan* plan;
        Owner owner;
    };

    std::vector<const CbPlan*> live_;
    std::vector<Dispatch> dispatches_;
};

}  // namespace ttmem
