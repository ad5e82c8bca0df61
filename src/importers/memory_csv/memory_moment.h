// What a memory report of tt-metal says of one moment: for memory_csv.cc and its parts only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/imported_use.h"
#include "src/model/pool.h"

namespace ttmem {

// "Per bank" figures are of one bank, the others of all banks together.
struct PoolState {
    Pool pool = Pool::kDram;
    std::optional<uint64_t> banks;
    std::optional<uint64_t> bank_bytes, allocated_per_bank, largest_free_per_bank;
    std::optional<uint64_t> total, allocated, free;
};

struct MemoryMoment {
    std::optional<uint64_t> program;  // whose compilation it was
    std::vector<PoolState> pools;
};

// The newest moment is the state at the end; the peak of a pool is that of its fullest moment.
ImportedUse use_of(const std::vector<MemoryMoment>& moments, Coverage coverage);

}  // namespace ttmem
