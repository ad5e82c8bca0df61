// Finds an allocation by its place, pool and address, for runtimes that cannot keep a handle.
//
// Private memory, in shards with a lock each: chains of slots, the newest first. An entry stays until its allocation
// is freed, by address or by handle, or retired; its slot is not reused before.
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

class AddressIndex {
public:
    // A new ledger with `slots` slots. Gives back the memory of an earlier one. False when there is no memory.
    bool reset(uint64_t slots);

    // Enters a slot that its owner is about to publish: until then it is not found.
    void add(uint32_t slot, ttmem_place place, uint32_t pool, uint64_t address);

    // Takes a slot out, if it is in.
    void remove(uint32_t slot);

    struct Found {
        uint64_t handle = 0;  // 0: there is none
        bool ambiguous = false;
    };
    // Takes out and gives the newest live allocation there. Those in open sessions come before those that a close
    // released; ambiguous if there are several of the former.
    Found take(ttmem_place place, uint32_t pool, uint64_t address);

private:
    struct Entry {  // of a slot
        uint32_t next;
        ttmem_place place;  // 0: not in the index
    };

    uint32_t bucket_of(ttmem_place place, uint32_t pool, uint64_t address) const;
    void unlink(uint32_t bucket, uint32_t slot);

    Entry* entries_ = nullptr;
    uint32_t* heads_ = nullptr;
    uint64_t bytes_ = 0;
    uint32_t bucket_mask_ = 0;
};

extern constinit AddressIndex address_index;

}  // namespace ttmem::client
