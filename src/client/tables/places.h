// The registered places, in private memory: a forked child knows them by the same numbers.
//
// A place's number is generation 19 | index 13. When all 8,191 are taken, the next one takes the index of one that is
// not open; the old number is not known any more then.
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

constexpr uint32_t kPlaces = 8192;  // index 0 is not used

struct Place {
    uint32_t kind = 0;  // ttmem_place_kind
    uint32_t number = 0;
    ttmem_place parent = 0;
    ttmem_text name = 0;
    uint64_t chips = 0;  // bit i: chip record i
    ttmem_place id = 0;
    uint16_t next = 0;  // index, with the same hash
};

class Places {
public:
    // All but session_of() require the book's lock.

    // The number of the place with this kind, number, parent and chips, new or known.
    ttmem_place add(Place place);

    // nullptr for a number that is not known.
    const Place* find(ttmem_place id) const;

    // HOT, no lock: the session that is open at this place; 0 when none is, or the place is not known.
    uint32_t session_of(ttmem_place id) const {
        const uint64_t word = open_[id % kPlaces].load(std::memory_order_acquire);
        return word >> 32 == id ? static_cast<uint32_t>(word) : 0;
    }

    // Requires: a known place. Session 0: it is closed.
    void set_session(ttmem_place id, uint32_t session) {
        open_[id % kPlaces].store(static_cast<uint64_t>(id) << 32 | session, std::memory_order_release);
    }

    // A new ledger: nothing is open. Finds its way again after a fork in the middle of a change.
    void reset();

private:
    static constexpr uint32_t kBuckets = 1024;

    static uint32_t bucket_of(const Place& place);
    void link(uint32_t index);
    void unlink(uint32_t index);
    uint32_t free_index();

    uint32_t count_ = 0;  // indices below were given out
    uint32_t next_reused_ = 0;
    uint16_t buckets_[kBuckets] = {};
    Place places_[kPlaces] = {};
    std::atomic<uint64_t> open_[kPlaces] = {};  // number 32 | session 32
};

extern constinit Places places;

}  // namespace ttmem::client
