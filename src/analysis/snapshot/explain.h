// Who owns an address: the blocks that cover it, on any chip, in any pool, of living and ended processes; and in L1 the
// circular buffers of programs, which share its addresses.
//
// An address is an offset inside a bank, the same in all banks and on all chips of a place; so one address may belong
// to several blocks, one per pool and process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/snapshot/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct Match {
    uint32_t allocation = 0;         // into Snapshot::allocations
    uint64_t offset = 0;             // of the address in the block, in each bank
    std::vector<std::string> story;  // sentences; foreign names in them are not escaped
};

// A circular buffer that covers the address.
struct CbMatch {
    uint32_t program = 0;   // into Snapshot::programs
    uint32_t cbs = 0;       // into its `cbs`
    uint32_t buffer = 0;    // into its plan
    uint64_t offset = 0;    // of the address in it, on each of its cores
    bool is_live = false;   // its program lives, at an open place
    uint64_t resident = 0;  // cores, over all chips, where it is what was dispatched last
    std::vector<std::string> story;

    std::string_view state_name() const { return resident != 0 ? "resident" : is_live ? "reserved" : "over"; }
};

// The live blocks beside an address that nobody owns, in one pool.
struct Neighbours {
    Pool pool = Pool::kDram;
    std::optional<uint32_t> below, above;  // into Snapshot::allocations
};

struct Explanation {
    DeviceAddress address;
    std::vector<Match> matches;          // live ones, then held ones, then released ones; of each the newest first
    std::vector<CbMatch> cb_matches;     // resident ones, then other live ones, then those of the past
    std::vector<Neighbours> neighbours;  // only without a live match; pools with live blocks only
    std::string no_bank;                 // a sentence: why it can be in no bank here; "" it can, or that is not known
};

// `filter` narrows what is looked at (its `standing` too, if set).
Explanation explain(const Snapshot& snapshot, DeviceAddress address, const Filter& filter = {});

}  // namespace ttmem
