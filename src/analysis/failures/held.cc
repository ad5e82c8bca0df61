#include "src/analysis/failures/held.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "src/analysis/snapshot/select.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

using HeldKey = std::tuple<Pool, ProcessIndex, uint32_t, uint32_t, AllocationClass, uint32_t>;
struct HeldSum {
    uint64_t allocations = 0, bytes_per_bank = 0, reserved_bytes = 0;
    friend bool operator==(const HeldSum&, const HeldSum&) = default;
};
using HeldSums = std::map<HeldKey, HeldSum>;

// By place first: there may be a million blocks, and many chips.
std::map<ChipId, HeldSums> holders_by_chip(const Snapshot& snapshot) {
    std::vector<HeldSums> at(snapshot.places.size());
    UserLines lines(snapshot, true);
    for (const Allocation& a : snapshot.allocations) {
        if (standing_of(snapshot, a) != Standing::kLive) continue;
        HeldSum& sum = at[a.place.value][{a.pool, a.process, a.op, a.tag, a.allocation_class, lines.of(a.stack)}];
        ++sum.allocations;
        sum.bytes_per_bank = saturating_add(sum.bytes_per_bank, a.bytes_per_bank);
        sum.reserved_bytes = saturating_add(sum.reserved_bytes, a.reserved_bytes());
    }
    std::map<ChipId, HeldSums> chips;
    for (size_t place = 0; place < at.size(); ++place) {
        for (const ChipId chip : snapshot.places[place].chips) {
            for (const auto& [key, sum] : at[place]) {
                HeldSum& of = chips[chip][key];
                of.allocations += sum.allocations;
                of.bytes_per_bank = saturating_add(of.bytes_per_bank, sum.bytes_per_bank);
                of.reserved_bytes = saturating_add(of.reserved_bytes, sum.reserved_bytes);
            }
        }
    }
    return chips;
}

std::optional<uint64_t> held_capacity(const Snapshot& snapshot, ChipId chip, Pool pool) {
    std::optional<uint64_t> capacity;
    for (const Process& process : snapshot.processes) {
        for (const ChipUse& use : process.chips) {
            const auto known = use.pool(pool).capacity_bytes;
            if (!known || use.chip.id != chip) continue;
            if (capacity && *capacity != *known) return std::nullopt;
            capacity = known;
        }
    }
    return capacity;
}

void add_held_pools(const Snapshot& snapshot, const std::vector<ChipId>& chips, const HeldSums& owners,
                    std::vector<HeldPool>& pools) {
    for (const auto& [key, sum] : owners) {
        const auto& [pool, process, op, tag, allocation_class, stack] = key;
        if (pools.empty() || pools.back().chips != chips || pools.back().pool != pool)
            pools.push_back({chips, pool, held_capacity(snapshot, chips.front(), pool), 0, 0, {}});
        HeldPool& held = pools.back();
        held.allocations += sum.allocations;
        held.reserved_bytes = saturating_add(held.reserved_bytes, sum.reserved_bytes);
        held.holders.push_back(
            {process, op, tag, allocation_class, sum.allocations, sum.bytes_per_bank, sum.reserved_bytes, stack});
    }
}

}  // namespace

std::vector<HeldPool> held_by_chip(const Snapshot& snapshot) {
    const std::map<ChipId, HeldSums> by_chip = holders_by_chip(snapshot);
    std::vector<std::pair<std::vector<ChipId>, const HeldSums*>> groups;
    for (const auto& [chip, owners] : by_chip) {
        const HeldSums* of_chip = &owners;
        const auto same = std::ranges::find_if(groups, [&](const auto& group) { return *group.second == *of_chip; });
        if (same == groups.end()) {
            groups.push_back({{chip}, of_chip});
        } else {
            same->first.push_back(chip);
        }
    }
    std::vector<HeldPool> pools;
    for (const auto& [chips, owners] : groups) add_held_pools(snapshot, chips, *owners, pools);
    for (HeldPool& pool : pools) std::ranges::stable_sort(pool.holders, std::greater{}, &Holder::reserved_bytes);
    return pools;
}

}  // namespace ttmem
