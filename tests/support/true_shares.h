// What the peaks of a made-up workload are made of: as it is true, and as an answer says.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "src/analysis/recording/peak.h"
#include "tests/support/random_recording.h"

namespace ttmem {

inline const PoolPeak* peak_on(const Peaks& peaks, uint64_t chip, Pool pool) {
    for (const PoolPeak& peak : peaks.pools) {
        if (peak.pool != pool) continue;
        if (std::find(peak.chips.begin(), peak.chips.end(), ChipId{chip}) != peak.chips.end()) return &peak;
    }
    return nullptr;
}

inline Part true_part(const TrueBlock& block, const Truth& truth, bool iterated) {
    if (truth.leaked.contains(block.handle)) return Part::kLeaked;
    if (block.outlived() && truth.freed_at.contains(block.handle)) return Part::kOutlived;
    if (block.allocation_class == AllocationClass::kProgram) return Part::kProgram;
    if (block.persistent) return Part::kPersistent;
    const bool in_work =
        truth.freed_at.contains(block.handle) && (!truth.freed_last.contains(block.handle) || block.iteration != 0);
    if (in_work) return Part::kIntermediate;
    return iterated && block.iteration == 0 ? Part::kPersistent : Part::kKeptToEnd;
}

using Shares = std::map<std::tuple<Part, uint32_t, uint32_t, uint64_t>, std::array<uint64_t, 3>>;

inline Shares true_shares(const TruePeak& peak, const Truth& truth, bool iterated) {
    Shares shares;
    for (const TrueBlock& block : peak.live) {
        auto& share = shares[{true_part(block, truth, iterated), block.op, block.tag, block.holder}];
        share[0] += 1, share[1] += block.requested, share[2] += block.reserved;
    }
    return shares;
}

inline Shares found_shares(const PeakMoment& moment) {
    Shares shares;
    for (const LiveShare& share : moment.shares) {
        auto& sum = shares[{share.part, share.op, share.tag, share.holder}];
        sum[0] += share.sum.allocations, sum[1] += share.sum.requested_bytes, sum[2] += share.sum.reserved_bytes;
    }
    return shares;
}

}  // namespace ttmem
