// Where everything lies on a chip at one moment: the L1 of each core from its reserved part to L1_SMALL, the banks of
// DRAM and of the trace region.
//
// In L1 the circular buffers of programs grow up from the allocator's base, and L1 buffers grow down from the top. Each
// program begins at the base, so of all that live one at a time counts: of each core the one that reaches furthest. The
// gap is what is left between its end and the lowest L1 buffer; a program whose circular buffers would reach further
// clashes. Every core of the allocator's has one bank with the same blocks (bank_map.h), so cores differ in their
// circular buffers. What is not recorded: which core has which bank, and which banks an allocator of a part of them
// has.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/map/bank_map.h"
#include "src/model/snapshot.h"

namespace ttmem {

// What a live program has at one place: positions.
struct PlannedCbs {
    uint32_t program = 0;  // into Snapshot::programs
    uint32_t cbs = 0;      // into its `cbs`
    uint64_t reach = 0;    // where its highest circular buffer ends, on any core; 0: all lie in tensors
    // It did not fit any more when another one of its operation was compiled, which does: a runtime that looks at what
    // is free compiles anew, and keeps the old one cached. No core is shown with it.
    bool replaced = false;
    friend bool operator==(const PlannedCbs&, const PlannedCbs&) = default;
};

struct CoreMap {
    uint8_t x = 0, y = 0;
    std::optional<size_t> plan;  // into L1Map::plans: the one that reaches furthest here; absent: none has buffers here
    uint64_t reach = 0;          // where that ends; the base without
    uint64_t cb_bytes = 0;       // what its circular buffers take of the core
};

// One circular buffer of the program that a core is shown with.
struct CoreCb {
    uint32_t buffer = 0;  // into the plan's buffers
    uint64_t begin = 0, end = 0;
};

struct L1Map {
    uint64_t base = 0;                 // of the allocator: below are firmware and kernels
    uint64_t top = 0;                  // of L1 buffers
    std::optional<uint64_t> core_end;  // of all memory of a core; absent: unknown
    BankMap buffers;                   // pool l1
    std::optional<BankMap> small;      // pool l1_small, above
    std::vector<PlannedCbs> plans;     // of live programs: those that reach furthest first, the replaced ones last
    std::vector<CoreMap> cores;        // of the grid, row by row; without a known grid those with circular buffers
    std::optional<size_t> worst;       // into cores: the narrowest gap; absent without cores
    bool cores_have_banks = false;     // as many cores as banks: each has one
    bool plans_unknown = false;        // some programs have circular buffers that are not recorded

    // Where L1 buffers begin; the top without any. Circular buffers must end at or below it.
    uint64_t floor() const { return buffers.blocks.empty() ? top : buffers.blocks.front().begin; }
    // The lowest block is in a part of the banks, so that the gap is at least as wide on each core.
    bool floor_is_bound() const { return !buffers.blocks.empty() && buffers.blocks.front().in_part; }
    uint64_t gap(uint64_t reach) const { return floor() - std::min(floor(), reach); }
    // So much of what a program needs is taken: it does not fit any more.
    uint64_t overlap(uint64_t reach) const { return reach - std::min(floor(), reach); }
};

// Chips on which everything lies alike.
struct ChipMap {
    std::vector<ChipId> chips;
    std::optional<L1Map> l1;     // absent: its base or its banks are not known, or not the same to all processes
    std::vector<BankMap> banks;  // dram, then trace where there is a region
};

// Tightest first: with programs that do not fit, then by the narrowest gap.
std::vector<ChipMap> maps_of(const Snapshot& snapshot);

// The circular buffers that the core is shown with, lowest first, without those in the memory of a tensor.
std::vector<CoreCb> circular_buffers_on(const Snapshot& snapshot, const L1Map& map, const CoreMap& core);

inline const ProgramCbs& cbs_of(const Snapshot& snapshot, const PlannedCbs& plan) {
    return snapshot.programs[plan.program].cbs[plan.cbs];
}

}  // namespace ttmem
