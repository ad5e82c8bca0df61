// Who holds the space of a pool, and which single block would make room: the part of a failure's explanation that needs
// a snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/failures/own_blocks.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Live blocks of one pool on one chip that belong together: same process, operation, tag and class, and, where
// held_by_chip() tells them apart, the same line and caller.
struct Holder {
    ProcessIndex process;
    uint32_t op = 0, tag = 0;  // into Snapshot::texts
    AllocationClass allocation_class = AllocationClass::kUnknown;
    uint64_t allocations = 0;
    uint64_t bytes_per_bank = 0;
    uint64_t reserved_bytes = 0;
    uint32_t stack = 0;  // one that ends at its line of the user's program (line_of()); 0: not told
};

struct PoolHolders {
    Pool pool = Pool::kDram;
    ChipId chip;  // the chip on which most of the pool is in use: a message does not say which one it was
    std::optional<uint32_t> logical_id;
    uint64_t allocations = 0;
    uint64_t reserved_bytes = 0;
    std::vector<Holder> largest;  // by reserved bytes, kMostHolders at most
};
constexpr size_t kMostHolders = 3;

// nullopt when the snapshot shows no live block of the pool.
std::optional<PoolHolders> holders_of(const Snapshot& snapshot, Pool pool);

// The smallest live block whose end would leave a hole of at least `bytes` per bank between its neighbours; nullopt
// when no single one would, or when there is such a hole already. The space below the lowest and above the highest
// block counts where the runtime told the ends of the bank.
// Not one of `own`, which may be null.
std::optional<uint32_t> block_that_makes_room(const Snapshot& snapshot, const PoolHolders& holders, uint64_t bytes,
                                              const OwnBlocks* own = nullptr);

// The live blocks of the pool on the chip that begin below `end`, lowest first.
std::vector<uint32_t> blocks_below(const Snapshot& snapshot, const PoolHolders& holders, uint64_t end);

// "kv_cache of embedding, llama (100)": whose something is, as far as known.
std::string owner_text(const Snapshot& snapshot, ProcessIndex process, uint32_t op, uint32_t tag,
                       AllocationClass allocation_class);

}  // namespace ttmem
