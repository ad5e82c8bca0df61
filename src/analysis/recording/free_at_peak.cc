#include "src/analysis/recording/free_at_peak.h"

#include <algorithm>

#include "src/analysis/replay/pool_banks.h"

namespace ttmem {
namespace {

// What was live of each pool at its peak, by addresses.
class PeakAddresses : public ReplayObserver {
public:
    explicit PeakAddresses(const std::vector<const PoolPeak*>& peaks) : peaks_(peaks), taken_(peaks.size()) {}
    void began(const Replay& replay) override { look(replay); }
    void applied(const Replay& replay, const Event&) override { look(replay); }
    const Touched& of(size_t peak) const { return taken_[peak]; }

private:
    void look(const Replay& replay) {
        for (size_t peak = 0; peak < peaks_.size(); ++peak)
            if (peaks_[peak]->moment.event == replay.event()) add_live(replay, *peaks_[peak], taken_[peak]);
    }
    static void add_live(const Replay& replay, const PoolPeak& peak, Touched& taken) {
        taken = {};
        for (const LiveBlock& block : replay.blocks()) {
            if (!block.is_live || block.pool != peak.pool) continue;
            const auto on = replay.chips_of(block.place);
            if (std::ranges::none_of(on, [&](uint32_t chips) { return replay.chips()[chips].chips == peak.chips; }))
                continue;
            taken.addresses.add(block.address, saturating_add(block.address, block.bytes_per_bank));
            taken.fewest_banks = std::min<uint64_t>(taken.fewest_banks, block.banks);
        }
    }

    const std::vector<const PoolPeak*>& peaks_;
    std::vector<Touched> taken_;
};

std::optional<Interval> largest_free(const Snapshot& tables, const PoolPeak& peak, const TouchedPools& ever,
                                     const Touched& taken) {
    const auto banks = banks_of(tables, peak.chips, peak.pool);
    const bool all_told = ever[static_cast<size_t>(peak.pool)].all_told;
    if (!banks || banks->banks == 0 || !all_told || !peak.exact() || peak.earlier > peak.low) return std::nullopt;
    const auto begin = begin_of_bank(tables, peak.chips, ever, peak.pool);
    const auto bank = bank_around(ever[static_cast<size_t>(peak.pool)].addresses, begin, banks->bytes_per_bank);
    if (!bank) return std::nullopt;
    Interval largest = largest_gap(taken.addresses, *bank);
    if (taken.fewest_banks < banks->banks) largest.low = 0;
    const uint64_t free = banks->bytes_per_bank - std::min(banks->bytes_per_bank, peak.low / banks->banks);
    return Interval{std::min(largest.low, free), std::min(largest.high, free)};
}

}  // namespace

std::vector<std::optional<Interval>> largest_free_at(const Recording& recording,
                                                     const std::vector<const PoolPeak*>& peaks) {
    Replay replay(recording);
    AddressWatch ever;
    replay.run(ever);
    PeakAddresses then(peaks);
    replay.run(then);
    std::vector<std::optional<Interval>> largest(peaks.size());
    for (size_t peak = 0; peak < peaks.size(); ++peak) {
        for (size_t chips = 0; chips < replay.chips().size(); ++chips)
            if (replay.chips()[chips].chips == peaks[peak]->chips)
                largest[peak] = largest_free(recording.end, *peaks[peak], ever.pools(chips), then.of(peak));
    }
    return largest;
}

}  // namespace ttmem
