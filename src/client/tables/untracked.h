// Allocations that found no room in the ledger: how many, and how many bytes, may still be live, by row and for the
// process. How many there ever were stands in counters that are only added to.
//
// An allocation that is not recorded still has a handle, which names no slot but its row and its sizes, so that its
// free is not taken for a mistake and takes off what was added. Sizes go into few bits: they are rounded up, by less
// than one part in 32. Other ends are known by number alone: a free by address, whose size nobody knows, and a close,
// which releases all that there is. When nothing is left, no bytes are left either. So what is said to be untracked now
// is an upper bound, and 0 is exact.
#pragma once

#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/process/process.h"

namespace ttmem::client {

// All take a lock: nothing of this is hot.
class Untracked {
public:
    // How its end will be told.
    enum class End : uint8_t { kByHandle, kByAddress, kNever };

    // One more. session 0: it is not known where. Returns its handle; 0 where its end will never be told.
    ttmem_handle add(uint32_t session, uint32_t pool, uint64_t requested, uint64_t reserved, End end);

    // Requires: `handle` names slot 0 and is not 0.
    ttmem_result end(ttmem_handle handle);

    // A free by address of what is not recorded. False: nothing untracked can be meant, it is a mistake.
    bool end_at(uint32_t session, uint32_t pool);

    // The session is closed: nothing of it is live any more.
    void release(uint32_t session);

    // A new ledger. Requires: nobody knows it yet.
    void reset();

private:
    static constexpr size_t kRows = ledger::Geometry{}.sessions * ledger::kPools;

    // Whose end is still to come. Of session 0: of those that are in no row.
    struct Awaited {
        uint64_t by_handle, by_address;
    };
    struct Sizes {
        uint64_t requested, reserved;
    };
    static ledger::RowUntracked* now_of(uint32_t session, uint32_t pool);
    void take_off(uint32_t session, uint32_t pool, Sizes sizes);

    bool any_ = false;             // of awaited_ that is not 0
    bool any_by_address_ = false;  // ever
    Awaited awaited_[kRows] = {};
};

extern constinit Untracked untracked;

}  // namespace ttmem::client
