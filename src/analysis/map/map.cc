#include "src/analysis/map/map.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "src/analysis/replay/planned_reach.h"
#include "src/analysis/replay/pool_banks.h"
#include "src/analysis/snapshot/programs.h"
#include "src/analysis/snapshot/select.h"
#include "src/model/cb_painter.h"

namespace ttmem {
namespace {

struct MapFacts {
    std::array<std::optional<ChipDescription::PoolBanks>, kPoolCount> pools;
    std::optional<uint64_t> base, dram_base, core_bytes;
    std::optional<uint32_t> grid_x, grid_y;
    friend bool operator==(const MapFacts&, const MapFacts&) = default;
};

MapFacts map_facts_of(const Snapshot& snapshot, ChipId chip) {
    MapFacts facts;
    for (const Pool pool : kAllPools) {
        const auto i = static_cast<size_t>(pool);
        facts.pools[i] = agreed(snapshot, {chip}, [i](const ChipUse& use) { return use.chip.pools[i]; });
        if (facts.pools[i] && facts.pools[i]->banks == 0) facts.pools[i].reset();
    }
    facts.base = agreed(snapshot, {chip}, [](const ChipUse& use) { return use.chip.l1_base; });
    facts.dram_base = told_begin_of_bank(snapshot, {chip}, Pool::kDram);
    facts.core_bytes = agreed(snapshot, {chip}, [](const ChipUse& use) { return use.chip.l1_bytes_per_core; });
    facts.grid_x = agreed(snapshot, {chip}, [](const ChipUse& use) { return use.chip.grid_x; });
    facts.grid_y = agreed(snapshot, {chip}, [](const ChipUse& use) { return use.chip.grid_y; });
    return facts;
}

bool is_in_use(const Snapshot& snapshot, const Place& place) {
    return place.open && snapshot.processes[place.process.value].state == ProcessState::kLive;
}

bool reserves(const Program& program, const ProgramCbs& cbs) {
    return !program.destroyed && !cbs.left_behind && !cbs.released;
}

struct MapGroup {
    std::vector<ChipId> chips;
    MapFacts facts;
    std::vector<uint32_t> places;  // that are live and cover them
};

// Places at which something lies: a runtime opens many more.
std::vector<bool> used_places(const Snapshot& snapshot) {
    std::vector<bool> used(snapshot.places.size());
    for (const Allocation& a : snapshot.allocations) {
        if (!used[a.place.value]) used[a.place.value] = standing_of(snapshot, a) == Standing::kLive;
    }
    for (const Program& program : snapshot.programs) {
        for (const ProgramCbs& cbs : program.cbs) {
            if (reserves(program, cbs)) used[cbs.place.value] = true;
        }
    }
    return used;
}

// Chips with the same facts that the same live places cover.
std::vector<MapGroup> equal_chips(const Snapshot& snapshot) {
    const std::vector<bool> used = used_places(snapshot);
    std::map<ChipId, std::vector<uint32_t>> places;
    for (const Process& process : snapshot.processes) {
        if (process.state != ProcessState::kLive) continue;
        for (const ChipUse& use : process.chips) places[use.chip.id];
    }
    for (uint32_t i = 0; i < snapshot.places.size(); ++i) {
        if (!is_in_use(snapshot, snapshot.places[i])) continue;
        for (const ChipId chip : snapshot.places[i].chips) {
            std::vector<uint32_t>& covering = places[chip];
            if (used[i]) covering.push_back(i);
        }
    }
    std::vector<MapGroup> groups;
    for (const auto& [chip, at] : places) {
        const std::vector<uint32_t>& covering = at;
        const MapFacts facts = map_facts_of(snapshot, chip);
        const auto same = std::find_if(groups.begin(), groups.end(), [&](const MapGroup& group) {
            return group.facts == facts && group.places == covering;
        });
        if (same == groups.end()) {
            groups.push_back({{chip}, facts, covering});
        } else {
            same->chips.push_back(chip);
        }
    }
    return groups;
}

using Blocks = std::array<std::vector<uint32_t>, kPoolCount>;

Blocks mapped_blocks(const Snapshot& snapshot, const std::vector<bool>& at) {
    Blocks blocks;
    for (uint32_t i = 0; i < snapshot.allocations.size(); ++i) {
        const Allocation& a = snapshot.allocations[i];
        if (at[a.place.value] && standing_of(snapshot, a) == Standing::kLive)
            blocks[static_cast<size_t>(a.pool)].push_back(i);
    }
    return blocks;
}

void find_plans(const Snapshot& snapshot, const std::vector<bool>& at, L1Map& map) {
    for (uint32_t i = 0; i < snapshot.programs.size(); ++i) {
        const Program& program = snapshot.programs[i];
        const Process& process = snapshot.processes[program.process.value];
        if (process.state != ProcessState::kLive) continue;
        for (uint32_t k = 0; k < program.cbs.size(); ++k) {
            const ProgramCbs& cbs = program.cbs[k];
            if (!at[cbs.place.value] || !reserves(program, cbs)) continue;
            map.plans.push_back({i, k, end_of(cbs.plan)});
        }
    }
    for (const Process& process : snapshot.processes)
        map.plans_unknown |= process.state == ProcessState::kLive && !knows_cbs(process);
    std::stable_sort(map.plans.begin(), map.plans.end(),
                     [](const PlannedCbs& a, const PlannedCbs& b) { return a.reach > b.reach; });
}

// When the first of the L1 buffers that lie below this address was made; absent where that is not known.
std::optional<WallTime> taken_since(const Snapshot& snapshot, const L1Map& map, uint64_t reach) {
    std::optional<WallTime> since;
    for (const MapBlock& block : map.buffers.blocks) {
        if (block.begin >= reach) break;
        const WallTime made = snapshot.allocations[block.allocation].since;
        if (made == 0) return std::nullopt;
        since = std::min(since.value_or(made), made);
    }
    return since;
}

void find_replaced(const Snapshot& snapshot, L1Map& map) {
    using Operation = std::tuple<uint32_t, uint32_t, uint32_t>;  // process, place, op
    const auto operation_of = [&](const PlannedCbs& plan) {
        const Program& program = snapshot.programs[plan.program];
        return Operation{program.process.value, cbs_of(snapshot, plan).place.value, program.op};
    };
    std::map<Operation, WallTime> newest_that_fits;
    for (const PlannedCbs& plan : map.plans) {
        const Program& program = snapshot.programs[plan.program];
        if (program.op == 0 || !program.created_at || map.overlap(plan.reach) != 0) continue;
        WallTime& newest = newest_that_fits[operation_of(plan)];
        newest = std::max(newest, *program.created_at);
    }
    for (PlannedCbs& plan : map.plans) {
        if (map.overlap(plan.reach) == 0) continue;
        const auto newer = newest_that_fits.find(operation_of(plan));
        const std::optional<WallTime> since = taken_since(snapshot, map, plan.reach);
        const std::optional<WallTime> created = snapshot.programs[plan.program].created_at;
        plan.replaced =
            newer != newest_that_fits.end() && since && created && newer->second > *created && newer->second >= *since;
    }
    std::stable_partition(map.plans.begin(), map.plans.end(), [](const PlannedCbs& plan) { return !plan.replaced; });
}

// What the circular buffers of one plan take of one core: addresses that two of them share count once.
uint64_t bytes_on(const CbPlan& plan, uint32_t x, uint32_t y) {
    CoreSet core;
    const auto at_x = static_cast<uint8_t>(x), at_y = static_cast<uint8_t>(y);
    core.add(CoreRange{at_x, at_y, at_x, at_y});
    std::vector<CbRegion> regions;
    for (const CircularBuffer& buffer : plan.buffers) {
        if (!buffer.aliased && buffer.bytes != 0 && buffer.core_set().contains(x, y))
            regions.push_back({buffer.address, buffer.bytes, core});
    }
    return figures_of(std::move(regions)).bytes;
}

void find_cores(const Snapshot& snapshot, const MapFacts& facts, L1Map& map) {
    constexpr uint32_t kSide = CoreSet::kCoordinates;
    struct Reach {
        uint64_t end = 0;
        size_t plan = 0;
    };
    std::vector<Reach> reaches(size_t{kSide} * kSide);
    for (size_t i = 0; i < map.plans.size() && !map.plans[i].replaced; ++i) {
        for (const CircularBuffer& buffer : cbs_of(snapshot, map.plans[i]).plan.buffers) {
            if (buffer.aliased || buffer.bytes == 0) continue;
            const uint64_t end = saturating_add(buffer.address, buffer.bytes);
            buffer.core_set().for_each([&](uint32_t x, uint32_t y) {
                Reach& reach = reaches[y * kSide + x];
                if (end > reach.end) reach = {end, i};
            });
        }
    }
    const uint32_t columns = facts.grid_x.value_or(0), rows = facts.grid_y.value_or(0);
    for (uint32_t y = 0; y < kSide; ++y) {
        for (uint32_t x = 0; x < kSide; ++x) {
            const Reach& reach = reaches[y * kSide + x];
            if (reach.end == 0 && (x >= columns || y >= rows)) continue;
            CoreMap core{static_cast<uint8_t>(x), static_cast<uint8_t>(y), {}, map.base, 0};
            if (reach.end != 0) {
                core.plan = reach.plan;
                core.reach = std::max(map.base, reach.end);
                core.cb_bytes = bytes_on(cbs_of(snapshot, map.plans[reach.plan]).plan, x, y);
            }
            map.cores.push_back(core);
            if (!map.worst || core.reach > map.cores[*map.worst].reach) map.worst = map.cores.size() - 1;
        }
    }
    map.cores_have_banks = uint64_t{columns} * rows == map.buffers.banks.banks;
}

std::optional<L1Map> l1_of(const Snapshot& snapshot, const MapGroup& group, const std::vector<bool>& at,
                           const Blocks& blocks) {
    const auto& banks = group.facts.pools[static_cast<size_t>(Pool::kL1)];
    if (!banks || !group.facts.base) return std::nullopt;
    L1Map map;
    map.base = *group.facts.base;
    map.top = saturating_add(map.base, banks->bytes_per_bank);
    map.core_end = group.facts.core_bytes;
    map.buffers =
        map_of_banks(snapshot, Pool::kL1, *banks, blocks[static_cast<size_t>(Pool::kL1)], Interval{map.base, map.base});
    const auto& small = group.facts.pools[static_cast<size_t>(Pool::kL1Small)];
    if (small && small->bytes_per_bank != 0) {
        map.small = map_of_banks(snapshot, Pool::kL1Small, *small, blocks[static_cast<size_t>(Pool::kL1Small)],
                                 Interval{map.top, map.top});
    }
    find_plans(snapshot, at, map);
    find_replaced(snapshot, map);
    find_cores(snapshot, group.facts, map);
    return map;
}

// Where it can be told, the trace region is above the DRAM of the allocator.
std::vector<BankMap> dram_maps(const Snapshot& snapshot, const MapGroup& group, const Blocks& blocks) {
    std::vector<BankMap> maps;
    const auto& dram = group.facts.pools[static_cast<size_t>(Pool::kDram)];
    if (!dram) return maps;
    std::optional<Interval> begin;
    if (group.facts.dram_base) begin = Interval{*group.facts.dram_base, *group.facts.dram_base};
    maps.push_back(map_of_banks(snapshot, Pool::kDram, *dram, blocks[static_cast<size_t>(Pool::kDram)], begin));
    const auto& trace = group.facts.pools[static_cast<size_t>(Pool::kTrace)];
    if (!trace || trace->bytes_per_bank == 0) return maps;
    begin = maps.front().begin;
    if (begin) {
        begin->low = saturating_add(begin->low, dram->bytes_per_bank);
        begin->high = saturating_add(begin->high, dram->bytes_per_bank);
    }
    maps.push_back(map_of_banks(snapshot, Pool::kTrace, *trace, blocks[static_cast<size_t>(Pool::kTrace)], begin));
    return maps;
}

// What no program fits into comes first, by what it lacks.
std::pair<uint64_t, uint64_t> tightness(const ChipMap& map) {
    if (!map.l1) return {UINT64_MAX, UINT64_MAX};
    const uint64_t reach = map.l1->worst ? map.l1->cores[*map.l1->worst].reach : map.l1->base;
    return {UINT64_MAX - 1 - map.l1->overlap(reach), map.l1->gap(reach)};
}

}  // namespace

std::vector<ChipMap> maps_of(const Snapshot& snapshot) {
    std::vector<ChipMap> maps;
    for (const MapGroup& group : equal_chips(snapshot)) {
        std::vector<bool> at(snapshot.places.size());
        for (const uint32_t place : group.places) at[place] = true;
        const Blocks blocks = mapped_blocks(snapshot, at);
        maps.push_back({group.chips, l1_of(snapshot, group, at, blocks), dram_maps(snapshot, group, blocks)});
    }
    std::stable_sort(maps.begin(), maps.end(),
                     [](const ChipMap& a, const ChipMap& b) { return tightness(a) < tightness(b); });
    return maps;
}

std::vector<CoreCb> circular_buffers_on(const Snapshot& snapshot, const L1Map& map, const CoreMap& core) {
    std::vector<CoreCb> found;
    if (!core.plan) return found;
    const CbPlan& plan = cbs_of(snapshot, map.plans[*core.plan]).plan;
    for (uint32_t i = 0; i < plan.buffers.size(); ++i) {
        const CircularBuffer& buffer = plan.buffers[i];
        if (buffer.aliased || buffer.bytes == 0 || !buffer.core_set().contains(core.x, core.y)) continue;
        found.push_back({i, buffer.address, saturating_add(buffer.address, buffer.bytes)});
    }
    std::stable_sort(found.begin(), found.end(), [](const CoreCb& a, const CoreCb& b) { return a.begin < b.begin; });
    return found;
}

}  // namespace ttmem
