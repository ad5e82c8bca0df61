// The banks of a pool on chips that are used alike: how many, how large, and between which addresses they may begin.
// The runtime tells it; where it does not of DRAM, what ever lay in it bounds it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "src/analysis/replay/address_ranges.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

inline bool has_chip(const std::vector<ChipId>& chips, ChipId chip) {
    return std::find(chips.begin(), chips.end(), chip) != chips.end();
}

// A fact about chips, where all processes that know it agree.
template <class Fact>
auto agreed(const Snapshot& tables, const std::vector<ChipId>& chips, const Fact& fact_of) {
    decltype(fact_of(std::declval<const ChipUse&>())) fact;
    for (const Process& process : tables.processes) {
        for (const ChipUse& use : process.chips) {
            const auto known = fact_of(use);
            if (!known || !has_chip(chips, use.chip.id)) continue;
            if (fact && *fact != *known) return decltype(fact){};
            fact = known;
        }
    }
    return fact;
}

std::optional<ChipDescription::PoolBanks> banks_of(const Snapshot& tables, const std::vector<ChipId>& chips, Pool pool);

// What was imported, which has no pid, says 0 where it does not know an address.
inline bool lies_nowhere(const Snapshot& tables, uint32_t process, uint64_t address) {
    return address == 0 && tables.processes[process].pid == 0;
}

// What was ever in use of a pool.
struct Touched {
    AddressRanges addresses;
    bool all_told = true;                // of every block where it lay
    uint64_t fewest_banks = UINT64_MAX;  // of a block
};
using TouchedPools = std::array<Touched, kPoolCount>;

// Every address that was ever in use, by equal chips and pool.
class AddressWatch : public ReplayObserver {
public:
    void begins(const Replay& replay) override { cells_.resize(replay.chips().size()); }
    void split(const Replay&, uint32_t whole, uint32_t) override { cells_.push_back(cells_[whole]); }
    void arrived(const Replay& replay, const LiveBlock& block) override;
    const TouchedPools& pools(size_t chips) const { return cells_[chips]; }

private:
    std::vector<TouchedPools> cells_;  // by Replay::chips()
};

// Where the banks begin, as the runtime tells it; absent where it does not.
std::optional<uint64_t> told_begin_of_bank(const Snapshot& tables, const std::vector<ChipId>& chips, Pool pool);

// The same, or else what bounds it; absent where nothing does.
std::optional<Interval> begin_of_bank(const Snapshot& tables, const std::vector<ChipId>& chips,
                                      const TouchedPools& ever, Pool pool);

}  // namespace ttmem
