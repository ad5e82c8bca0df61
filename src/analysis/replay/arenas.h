// The arenas of a recording: the memory that each allocator hands out, one for each pool. A mesh has an allocator, and
// so has a sub-mesh or a chip that was opened by itself; the parts of a mesh that programs run on allocate from the
// mesh's.
//
// Where an arena begins the runtime tells of L1. The first block of an empty DRAM bank lies at one of its ends, and
// what ever lay in it bounds the rest. Of several openings with different sizes only the latest is described.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

struct Arena {
    uint64_t banks = 0;
    uint64_t begin = 0, end = 0;  // addresses, the same in each bank
    uint64_t alignment = 1;       // of all addresses and sizes that were seen, 64 at the most

    uint64_t bytes() const { return end - begin; }
    friend bool operator==(const Arena&, const Arena&) = default;
};

// What an allocator has; absent where nothing tells the size of its banks.
using ArenaSet = std::array<std::optional<Arena>, kPoolCount>;

// What a program chooses when it opens a device; absent: as it was.
struct DeviceSizes {
    std::optional<uint64_t> l1_small_bytes;      // of each core
    std::optional<uint64_t> trace_region_bytes;  // of a chip, divided over its DRAM banks
};
// The arenas of an allocator with other sizes. L1 begins where it did and gives what L1_SMALL gets; DRAM likewise.
ArenaSet with_sizes(const ArenaSet& arenas, const DeviceSizes& sizes);

struct AllocatorOfPlace {
    uint32_t process = 0;
    uint32_t place = 0;  // the mesh or chip whose it is
    ArenaSet arenas;
};

// Sees what lies where; wants a run of a replay of its own.
class ArenaFinder : public ReplayObserver {
public:
    explicit ArenaFinder(const Recording& recording);
    void arrived(const Replay& replay, const LiveBlock& block) override;

    // After the replay. In the order of their places.
    std::vector<AllocatorOfPlace> allocators() const;
    size_t allocator_of(uint32_t place) const { return allocator_of_place_[place]; }  // into allocators()

private:
    struct Seen {
        uint64_t lowest = UINT64_MAX, highest = 0;
        uint64_t bits = 0;                        // of all addresses and sizes
        uint64_t first_begin = 0, first_end = 0;  // of the first block; none while both are 0
        bool first_grew_up = true;

        uint64_t alignment() const;
    };
    // Where the DRAM of allocators begins; absent where nothing bounds it.
    std::vector<std::optional<uint64_t>> begins_of_dram() const;

    const Recording& recording_;
    std::vector<size_t> allocator_of_place_;
    std::vector<uint32_t> roots_;  // by allocator
    std::vector<std::array<Seen, kPoolCount>> seen_;
};

// As tt-metal chooses it: DRAM from below, kernel binaries and all other pools from above.
inline bool grows_up(const LiveBlock& block) {
    return block.pool == Pool::kDram && block.allocation_class != AllocationClass::kProgram;
}

}  // namespace ttmem
