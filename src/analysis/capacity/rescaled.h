// What a block of a recording would take of each bank on chips with other banks.
//
// Interleaved memory spreads over more or fewer banks; a shard stays what it is. Which of both a block is, and the size
// of its pages, events do not tell: so there are bounds. Pages are taken to have 64 KiB at the most.
#pragma once

#include <cstdint>

#include "src/analysis/replay/arenas.h"

namespace ttmem {

struct BytesPerBank {
    uint64_t least = 0, most = 0;
};
BytesPerBank rescaled(const LiveBlock& block, const Arena& before, const Arena& now);

// The arenas of a recording that was made on the other machine: of the first allocator whose L1 or DRAM is known. DRAM
// that nothing lies in begins at 0. `sizes` that are not asked for are those of `before`.
ArenaSet arenas_of_machine(const Recording& recording);
DeviceSizes sizes_of(const ArenaSet& before, const DeviceSizes& asked);

}  // namespace ttmem
