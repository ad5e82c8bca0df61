// How a recorded program allocates: how often, how large, for how long, and who holds most for longest.
//
// One pass; memory is bounded by what is live and by the number of owners. Bytes are summed over chips, and an
// allocation on a mesh counts once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "src/analysis/recording/core_need.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/model/event.h"

namespace ttmem {

// Bytes held for a time. Larger than 64 bits: a terabyte for a day is.
using ByteNanoseconds = unsigned __int128;

// Sizes: bucket i has those of 2^(i-1) to 2^i - 1 bytes requested per chip, bucket 0 those of none.
constexpr size_t kSizeBuckets = 65;
// Lifetimes: below 10 us, 100 us, ... 1,000 s, and from 1,000 s on.
constexpr size_t kLifetimeBuckets = 10;
std::string_view lifetime_bucket_name(size_t bucket);  // "< 10 us", ... ">= 1000 s"

struct AllocationStats {
    Sum allocated;             // all that were made, or lived before
    uint64_t freed = 0;        // by the program
    uint64_t released = 0;     // by a close, or by the end of the process
    uint64_t lost = 0;         // ended in a gap
    uint64_t live = 0;         // at the end; allocations == freed + released + lost + live
    uint64_t temporary = 0;    // of the freed: before the same thread allocated again
    ByteNanoseconds held = 0;  // reserved bytes x time
    int64_t longest = 0;       // the longest lifetime, ns

    AllocationStats& operator+=(const AllocationStats& other);
};

struct PoolStats {
    Pool pool = Pool::kDram;
    AllocationStats all;
    std::array<uint64_t, kSizeBuckets> sizes{};          // allocations
    std::array<uint64_t, kLifetimeBuckets> lifetimes{};  // of those that ended, and whose begin is known
};

struct OwnerStats {
    uint32_t op = 0, tag = 0;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    Pool pool = Pool::kDram;
    AllocationStats all;
};

struct Stats {
    std::vector<PoolStats> pools;    // that were used
    std::vector<OwnerStats> owners;  // longest held bytes first
    AllocationStats all;
    std::vector<CoreNeed> cores;  // with the circular buffers of programs, which are no allocations
    Coverage coverage;
    bool times_known = false;  // else nothing is known of lifetimes and of what was held
};

Stats stats_of(const Recording& recording);

}  // namespace ttmem
