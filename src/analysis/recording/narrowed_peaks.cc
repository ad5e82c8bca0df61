#include "src/analysis/recording/narrowed_peaks.h"

#include <algorithm>

#include "src/analysis/replay/pool_banks.h"

namespace ttmem {

bool has_inexact_peak(const std::vector<ChipUse>& chips) {
    return std::ranges::any_of(chips, [](const ChipUse& chip) {
        return std::ranges::any_of(
            kAllPools, [&](Pool pool) { return !chip.pool(pool).peak_reserved.value_or(Interval{}).exact(); });
    });
}

void narrow_peaks(const Peaks& peaks, std::vector<ChipUse>& chips) {
    if (!peaks.bounds_hold) return;
    for (const PoolPeak& peak : peaks.pools) {
        if (!peak.high || peak.is_bound || peak.earlier > peak.low) continue;
        for (ChipUse& chip : chips) {
            std::optional<Interval>& counted = chip.pool(peak.pool).peak_reserved;
            if (!has_chip(peak.chips, chip.chip.id) || !counted) continue;
            const Interval narrowed{std::max(counted->low, peak.low), std::min(counted->high, *peak.high)};
            if (narrowed.low <= narrowed.high) counted = narrowed;
        }
    }
}

}  // namespace ttmem
