// A chip: what it is, and how much of it is in use. Unknown is nullopt, never zero.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/model/cb_plan.h"
#include "src/model/ids.h"
#include "src/model/pool.h"

namespace ttmem {

// A figure that is known to lie between two bounds; exact when they meet.
struct Interval {
    uint64_t low = 0, high = 0;
    bool exact() const { return low == high; }
    friend bool operator==(const Interval&, const Interval&) = default;
};

// Bytes are per chip. Requested: what was asked. Reserved: what it took from the allocator, in all of its banks.
struct PoolUse {
    std::optional<uint64_t> requested_bytes;
    std::optional<uint64_t> reserved_bytes;
    std::optional<uint64_t> allocations;
    std::optional<Interval> peak_requested;
    std::optional<Interval> peak_reserved;
    std::optional<uint64_t> capacity_bytes;  // banks x allocatable bytes per bank
    // Requested and reserved bytes and allocations are at least so much: allocations that are not recorded may be live.
    bool is_bound = false;
};

// Circular buffers, as sums over a chip's cores: what live programs reserve, and what the newest dispatches occupy.
struct CbUse {
    std::optional<uint64_t> reserved_bytes;
    std::optional<uint64_t> resident_bytes;
    std::optional<uint64_t> largest_core_bytes;  // reserved on the core that has most
    std::shared_ptr<const CbRegions> regions;    // what they are sums of; shared by chips with the same; may be none
    // All of them are at least so much: plans found no room in the ledger, or were forgotten.
    bool is_bound = false;
};

// A fixed fact of a chip; absent where it is unknown or where live processes disagree.
struct ChipDescription {
    ChipId id;
    std::optional<uint32_t> logical_id;
    std::string arch;  // "" unknown
    struct PoolBanks {
        uint64_t banks = 0;
        uint64_t bytes_per_bank = 0;
        friend bool operator==(const PoolBanks&, const PoolBanks&) = default;
    };
    std::array<std::optional<PoolBanks>, kPoolCount> pools;  // by Pool
    std::optional<uint32_t> grid_x, grid_y;
    std::optional<uint64_t> l1_bytes_per_core;
    std::optional<uint64_t> l1_base;
    std::optional<uint64_t> dram_base;  // where allocations may begin in a bank of DRAM
    friend bool operator==(const ChipDescription&, const ChipDescription&) = default;
};

struct ChipUse {
    ChipDescription chip;
    std::array<PoolUse, kPoolCount> pools;  // by Pool
    CbUse cb;

    PoolUse& pool(Pool p) { return pools[static_cast<size_t>(p)]; }
    const PoolUse& pool(Pool p) const { return pools[static_cast<size_t>(p)]; }
};

// The chips of a list in the order of their numbers, those without one after them, by id.
std::vector<ChipUse> in_order(std::span<const ChipUse> chips);

}  // namespace ttmem
