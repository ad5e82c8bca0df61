// Who owns an address: the blocks that cover it, on any chip, in any pool, of living and ended processes.
//
// An address is an offset inside a bank, the same in all banks and on all chips of a place; so one address may belong
// to several blocks, one per pool and process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct Match {
    uint32_t allocation = 0;         // into Snapshot::allocations
    uint64_t offset = 0;             // of the address in the block, in each bank
    std::vector<std::string> story;  // sentences; foreign names in them are not escaped
};

// The live blocks beside an address that nobody owns, in one pool.
struct Neighbours {
    Pool pool = Pool::kDram;
    std::optional<uint32_t> below, above;  // into Snapshot::allocations
};

struct Explanation {
    DeviceAddress address;
    std::vector<Match> matches;          // live ones, then held ones, then released ones; of each the newest first
    std::vector<Neighbours> neighbours;  // only without a live match; pools with live blocks only
};

// `filter` narrows what is looked at (its `standing` too, if set).
Explanation explain(const Snapshot& snapshot, DeviceAddress address, const Filter& filter = {});

}  // namespace ttmem
