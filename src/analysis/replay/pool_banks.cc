#include "src/analysis/replay/pool_banks.h"

namespace ttmem {

std::optional<ChipDescription::PoolBanks> banks_of(const Snapshot& tables, const std::vector<ChipId>& chips,
                                                   Pool pool) {
    return agreed(tables, chips, [&](const ChipUse& use) { return use.chip.pools[static_cast<size_t>(pool)]; });
}

void AddressWatch::arrived(const Replay& replay, const LiveBlock& block) {
    const uint64_t end = saturating_add(block.address, block.bytes_per_bank);
    for (const uint32_t chips : replay.chips_of(block.place)) {
        Touched& touched = cells_[chips][static_cast<size_t>(block.pool)];
        if (lies_nowhere(replay.recording().end, block.process, block.address)) {
            touched.all_told = false;
        } else {
            touched.addresses.add(block.address, end);
        }
        touched.fewest_banks = std::min<uint64_t>(touched.fewest_banks, block.banks);
    }
}

// The small pool is above L1, and the trace region above DRAM.
std::optional<uint64_t> told_begin_of_bank(const Snapshot& tables, const std::vector<ChipId>& chips, Pool pool) {
    if (pool == Pool::kL1) return agreed(tables, chips, [](const ChipUse& use) { return use.chip.l1_base; });
    if (pool == Pool::kDram) return agreed(tables, chips, [](const ChipUse& use) { return use.chip.dram_base; });
    if (pool != Pool::kL1Small && pool != Pool::kTrace) return std::nullopt;
    const Pool lower = pool == Pool::kTrace ? Pool::kDram : Pool::kL1;
    const auto banks = banks_of(tables, chips, lower);
    const auto begin = told_begin_of_bank(tables, chips, lower);
    return begin && banks ? std::optional(saturating_add(*begin, banks->bytes_per_bank)) : std::nullopt;
}

std::optional<Interval> begin_of_bank(const Snapshot& tables, const std::vector<ChipId>& chips,
                                      const TouchedPools& ever, Pool pool) {
    if (const auto told = told_begin_of_bank(tables, chips, pool)) return Interval{*told, *told};
    const auto banks = banks_of(tables, chips, Pool::kDram);
    const AddressRanges& taken = ever[static_cast<size_t>(Pool::kDram)].addresses;
    if ((pool != Pool::kDram && pool != Pool::kTrace) || taken.empty() || !banks) return std::nullopt;
    const auto dram = bank_around(taken, std::nullopt, banks->bytes_per_bank);
    if (!dram || pool == Pool::kDram) return dram ? std::optional(dram->begin) : std::nullopt;
    return Interval{saturating_add(dram->begin.low, banks->bytes_per_bank),
                    saturating_add(dram->begin.high, banks->bytes_per_bank)};
}

}  // namespace ttmem
