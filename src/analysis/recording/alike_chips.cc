#include "src/analysis/recording/alike_chips.h"

#include <algorithm>
#include <tuple>

namespace ttmem {
namespace {

bool are_alike(const PoolPeak& a, const PoolPeak& b) {
    const auto of_owners = [](const PoolPeak& peak) {
        std::vector<std::tuple<uint32_t, uint64_t, uint64_t>> owners;
        for (const LiveShare& share : grouped(peak.moment.shares, GroupBy::kOp))
            owners.emplace_back(share.op, share.sum.allocations, share.sum.reserved_bytes);
        return owners;
    };
    const auto figures = [](const PoolPeak& peak) {
        return std::tuple(peak.pool, peak.capacity_bytes, peak.low, peak.high, peak.is_bound, peak.earlier,
                          peak.steady ? peak.steady->live.reserved_bytes : UINT64_MAX, peak.moment.event == 0,
                          peak.moment.op, peak.moment.iteration, peak.moment.of(Part::kLeaked).reserved_bytes);
    };
    return figures(a) == figures(b) && of_owners(a) == of_owners(b);
}

}  // namespace

std::vector<AlikeChips> alike_chips(const std::vector<PoolPeak>& pools) {
    std::vector<AlikeChips> all;
    for (const PoolPeak& peak : pools) {
        const auto at =
            std::find_if(all.begin(), all.end(), [&](const auto& one) { return are_alike(one.peak, peak); });
        if (at == all.end()) {
            all.push_back({peak, {peak.moment.at, peak.moment.until}});
            continue;
        }
        at->peak.chips.insert(at->peak.chips.end(), peak.chips.begin(), peak.chips.end());
        at->last = std::max(at->last, {peak.moment.at, peak.moment.until});
        if (peak.moment.at >= at->peak.moment.at) continue;
        at->peak.moment.at = peak.moment.at, at->peak.moment.until = peak.moment.until;
    }
    return all;
}

}  // namespace ttmem
