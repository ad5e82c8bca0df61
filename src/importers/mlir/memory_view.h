// The state of a pool as tt-mlir and tt-torch log it, one line of text each:
//   KCM DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: 962 MB
//       ContiguousFreePerBank: 900 MB
//   Device L1 SMALL memory state: MemoryView{numBanks: 64, totalBytesPerBank: 0.031 MB, ...}
// An MB there is 1,048,576 B. The first form cuts its figures down to whole MB, the second rounds to three digits: a
// figure is only known up to its `step`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/base/result.h"
#include "src/model/pool.h"

namespace ttmem {

// The true value lies less than `step` from `bytes`; exact when `step` is 1.
struct StatedBytes {
    uint64_t bytes = 0;
    uint64_t step = 1;
    friend bool operator==(const StatedBytes&, const StatedBytes&) = default;
};

struct MemoryView {
    Pool pool = Pool::kDram;
    uint64_t banks = 0;
    StatedBytes bank_bytes;
    StatedBytes allocated_per_bank;
    std::optional<StatedBytes> free_per_bank;          // absent when it contradicts the two above
    std::optional<StatedBytes> largest_free_per_bank;  // absent when it is larger than a bank, or not said
    bool contradicts_itself = false;                   // one of these two was left out
};

// Whether a line seems to be such a state, so that failing to read it means something.
bool looks_like_memory_view(std::string_view line);

// Reads the state in a line without colours. The error says what is wrong with the line.
Result<MemoryView> read_memory_view(std::string_view line);

}  // namespace ttmem
