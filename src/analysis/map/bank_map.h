// What lies where in the banks of a pool, on chips that are used alike: blocks and holes by address, and which block
// splits the free space.
//
// An allocator has one free list for all of its banks: a block takes the same addresses in each of them, whether data
// lies there or not. So one map is that of every bank of the pool, with one exception that is told: blocks of an
// allocator with fewer banks (a sub-device) lie in a part of them, and which part is not recorded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

struct MapBlock {
    uint32_t allocation = 0;  // into Snapshot::allocations
    uint64_t begin = 0, end = 0;
    bool in_part = false;  // in a part of the banks

    uint64_t bytes() const { return end - begin; }
};

// Free addresses, and the blocks beside them: positions in BankMap::blocks; absent at an end of the bank.
struct MapHole {
    uint64_t begin = 0, end = 0;
    std::optional<size_t> below, above;

    uint64_t bytes() const { return end - begin; }
};

// The block that keeps most free bytes apart: more than the largest free range has lie on both sides of it.
struct Splitter {
    size_t block = 0;       // into BankMap::blocks
    uint64_t would_be = 0;  // the free range without it, at least
};

struct BankMap {
    Pool pool = Pool::kDram;
    ChipDescription::PoolBanks banks;
    std::optional<Interval> begin;    // of a bank; absent: the blocks do not fit into one
    std::vector<MapBlock> blocks;     // lowest first
    std::vector<MapHole> holes;       // those that are certain, lowest first; at the ends as far as they are certain
    uint64_t end_of_blocks = 0;       // where the highest ends; 0 without
    uint64_t used_bytes = 0;          // of each bank: addresses that blocks take, each once
    uint64_t overlapping_blocks = 0;  // that begin inside another one: allocators of several users share the addresses
    bool is_partitioned = false;      // some blocks are in a part of the banks
    std::optional<Interval> largest_free;  // in each bank
    std::optional<Splitter> splitter;      // absent: no single block makes a difference

    uint64_t free_bytes() const { return banks.bytes_per_bank - std::min(banks.bytes_per_bank, used_bytes); }
};

// `blocks`: positions in Snapshot::allocations, of this pool. `begin`: where its banks begin, as far as it is known.
BankMap map_of_banks(const Snapshot& snapshot, Pool pool, const ChipDescription::PoolBanks& banks,
                     const std::vector<uint32_t>& blocks, std::optional<Interval> begin);

}  // namespace ttmem
