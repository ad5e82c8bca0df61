#include "src/analysis/capacity/rescaled.h"

#include <algorithm>

#include "src/analysis/replay/pool_banks.h"

namespace ttmem {
namespace {

constexpr uint64_t kMostPageBytes = 64 << 10;
constexpr uint64_t kUnseenAlignment = 64;  // the largest of all chips

uint64_t parts(uint64_t whole, uint64_t by) { return whole / by + (whole % by != 0); }

}  // namespace

BytesPerBank rescaled(const LiveBlock& block, const Arena& before, const Arena& now) {
    const uint64_t bytes = block.bytes_per_bank;
    if (before.banks == now.banks || before.banks == 0 || now.banks == 0) return {bytes, bytes};
    uint64_t least = parts(std::max<uint64_t>(block.requested_bytes, 1), now.banks), most = 0;
    if (block.data_banks < before.banks) {  // at most one page in each bank: as many pages as data banks
        least = most = saturating_multiply(parts(block.data_banks, now.banks), bytes);
    } else {
        const uint64_t all = saturating_multiply(bytes, before.banks);
        most = saturating_add(parts(all, now.banks), std::min(bytes, kMostPageBytes));
    }
    if (block.pool != Pool::kDram && block.pool != Pool::kTrace) {  // or it is a shard
        least = std::min(least, bytes);
        most = std::max(most, bytes);
    }
    return {least, most};
}

ArenaSet arenas_of_machine(const Recording& recording) {
    Replay replay(recording);
    ArenaFinder finder(recording);
    replay.run(finder);
    for (const AllocatorOfPlace& allocator : finder.allocators()) {
        ArenaSet arenas = allocator.arenas;
        const std::vector<ChipId>& chips = recording.end.places[allocator.place].chips;
        uint64_t begin = 0;
        for (const Pool pool : {Pool::kDram, Pool::kTrace}) {
            std::optional<Arena>& arena = arenas[static_cast<size_t>(pool)];
            const auto banks = banks_of(recording.end, chips, pool);
            if (!arena && banks)
                arena = Arena{banks->banks, begin, saturating_add(begin, banks->bytes_per_bank), kUnseenAlignment};
            if (arena) begin = arena->end;
        }
        for (auto& arena : arenas)
            if (arena && arena->alignment == 1) arena->alignment = kUnseenAlignment;
        if (arenas[static_cast<size_t>(Pool::kDram)] || arenas[static_cast<size_t>(Pool::kL1)]) return arenas;
    }
    return {};
}

DeviceSizes sizes_of(const ArenaSet& before, const DeviceSizes& asked) {
    DeviceSizes sizes = asked;
    const auto& small = before[static_cast<size_t>(Pool::kL1Small)];
    const auto& trace = before[static_cast<size_t>(Pool::kTrace)];
    if (!sizes.l1_small_bytes) sizes.l1_small_bytes = small ? small->bytes() : 0;
    if (!sizes.trace_region_bytes)
        sizes.trace_region_bytes = trace ? saturating_multiply(trace->bytes(), trace->banks) : 0;
    return sizes;
}

}  // namespace ttmem
