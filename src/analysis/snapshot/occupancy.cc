#include "src/analysis/snapshot/occupancy.h"

#include <algorithm>
#include <bit>
#include <boost/sort/spreadsort/integer_sort.hpp>
#include <map>

#include "src/analysis/replay/address_ranges.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/model/cb_painter.h"

namespace ttmem {
namespace {

// What lies in the pools of chips that the same places cover.
struct Contents {
    std::array<AddressRanges, kPoolCount> taken;  // of l1 all of them, else what has the same ends and largest hole
    std::array<uint64_t, kPoolCount> leaked{};
};

// The largest hole between the blocks, which it sorts.
AddressRange largest_hole(std::vector<AddressRange>& blocks) {
    if (!std::is_sorted(blocks.begin(), blocks.end())) {
        boost::sort::spreadsort::integer_sort(
            blocks.begin(), blocks.end(), [](const AddressRange& one, unsigned by) { return one.first >> by; },
            [](const AddressRange& one, const AddressRange& other) { return one.first < other.first; });
    }
    AddressRange hole{blocks.front().second, blocks.front().second};
    uint64_t end = blocks.front().second;
    for (const auto& [from, to] : blocks) {
        if (from > end && from - end > hole.second - hole.first) hole = {end, from};
        end = std::max(end, to);
    }
    return hole;
}

// Begins of blocks in order, by powers of two.
constexpr size_t kBuckets = 1 << 16;

struct Bounds {
    uint64_t begin, end;
    uint64_t width() const { return std::bit_ceil((end - begin) / kBuckets + 1); }  // of a bucket
};

// The same without a sort, where it is as wide as a bucket: such a hole ends where the first block of a bucket begins,
// and no block of the bucket lies before it.
std::optional<AddressRange> wide_hole(const std::vector<AddressRange>& blocks, const Bounds& all) {
    const int shift = std::countr_zero(all.width());
    constexpr AddressRange kEmpty{UINT64_MAX, 0};
    std::vector<AddressRange> buckets(kBuckets, kEmpty);  // where the first of its blocks begins, and the last one ends
    for (const auto& [from, to] : blocks) {
        auto& [first, last] = buckets[(from - all.begin) >> shift];
        first = std::min(first, from), last = std::max(last, to);
    }
    AddressRange hole{all.begin, all.begin};
    uint64_t reached = all.begin;
    for (const auto& [first, last] : buckets) {
        if (last == 0) continue;
        if (first > reached && first - reached > hole.second - hole.first) hole = {reached, first};
        reached = std::max(reached, last);
    }
    if (hole.second - hole.first < all.width()) return std::nullopt;
    return hole;
}

// The same ends, and the same largest hole where it is larger than what is free on either side of all blocks: all that
// is asked about the free memory of a bank of this size. A million ranges in a tree would take a second, and sorting
// them a third of all that metrics take.
AddressRanges outline_of(std::vector<AddressRange>& blocks, uint64_t bank_bytes) {
    AddressRanges outline;
    if (blocks.empty()) return outline;
    Bounds all{blocks.front().first, blocks.front().second};
    for (const auto& [from, to] : blocks) all = {std::min(all.begin, from), std::max(all.end, to)};
    std::optional<AddressRange> hole;
    const bool many = blocks.size() >= kBuckets;
    if (many) hole = wide_hole(blocks, all);
    const uint64_t beside = bank_bytes - std::min(bank_bytes, all.end - all.begin);
    const bool counts = !many || beside / 2 < all.width();  // else what is free on one of the sides is larger
    if (!hole && counts) hole = largest_hole(blocks);
    if (!hole) hole = AddressRange{all.end, all.end};
    outline.add(all.begin, hole->first);
    outline.add(hole->second, all.end);
    return outline;
}

// The smallest bank of a pool; chips that nothing is known of have none.
uint64_t smallest_bank(const Snapshot& snapshot, Pool pool) {
    uint64_t bytes = UINT64_MAX;
    for (const ChipUse& use : snapshot.chips) {
        const auto& banks = use.chip.pools[static_cast<size_t>(pool)];
        if (banks) bytes = std::min(bytes, banks->bytes_per_bank);
    }
    return bytes;
}

bool is_open(const Snapshot& snapshot, const Place& place) {
    return place.open && snapshot.processes[place.process.value].state == ProcessState::kLive;
}

// By chip: its open places.
std::map<uint64_t, std::vector<uint32_t>> places_by_chip(const Snapshot& snapshot) {
    std::map<uint64_t, std::vector<uint32_t>> places;
    for (uint32_t i = 0; i < snapshot.places.size(); ++i) {
        if (!is_open(snapshot, snapshot.places[i])) continue;
        for (const ChipId chip : snapshot.places[i].chips) places[chip.value].push_back(i);
    }
    return places;
}

// What circular buffers reserve of L1 where no allocation is. Their regions may lie over each other.
std::optional<uint64_t> reserved_bytes(const ChipUse& use, const Contents& in) {
    if (!use.cb.reserved_bytes) return std::nullopt;
    if (*use.cb.reserved_bytes == 0) return 0;
    if (use.cb.regions == nullptr) return std::nullopt;
    const AddressRanges& taken = in.taken[static_cast<size_t>(Pool::kL1)];
    std::vector<CbRegion> outside;
    for (const CbRegion& region : use.cb.regions->reserved) {
        for (const auto& [from, to] : taken.outside(region.address, saturating_add(region.address, region.bytes)))
            outside.push_back({from, to - from, region.cores});
    }
    return figures_of(std::move(outside)).bytes;
}

// Where the banks of a pool begin, as the runtime tells it of L1 and DRAM: the small pool is above the one, the trace
// region above the other.
std::optional<Interval> begin_of_banks(const ChipDescription& chip, Pool pool) {
    const bool in_l1 = pool == Pool::kL1 || pool == Pool::kL1Small,
               in_dram = pool == Pool::kDram || pool == Pool::kTrace;
    std::optional<uint64_t> begin = in_l1 ? chip.l1_base : in_dram ? chip.dram_base : std::nullopt;
    if (pool == Pool::kL1Small || pool == Pool::kTrace) {
        const auto& below = chip.pools[static_cast<size_t>(in_l1 ? Pool::kL1 : Pool::kDram)];
        begin = begin && below ? std::optional(saturating_add(*begin, below->bytes_per_bank)) : std::nullopt;
    }
    return begin ? std::optional(Interval{*begin, *begin}) : std::nullopt;
}

void add_free(const ChipUse& use, Pool pool, const Contents& in, PoolOccupancy& occupancy) {
    const auto number = static_cast<size_t>(pool);
    if (!occupancy.capacity_bytes || !occupancy.allocated_bytes) return;
    const std::optional<uint64_t> reserved = pool == Pool::kL1 ? reserved_bytes(use, in) : 0;
    if (!reserved || *occupancy.allocated_bytes > *occupancy.capacity_bytes ||
        *reserved > *occupancy.capacity_bytes - *occupancy.allocated_bytes)
        return;
    occupancy.reserved_bytes = reserved;
    occupancy.free_bytes = *occupancy.capacity_bytes - *occupancy.allocated_bytes - *reserved;
    const auto& banks = use.chip.pools[number];
    if (!banks) return;
    const AddressRanges& taken = in.taken[number];
    const auto bank = bank_around(taken, begin_of_banks(use.chip, pool), banks->bytes_per_bank);
    if (!bank) return;
    const uint64_t free_by_allocator = *occupancy.capacity_bytes - *occupancy.allocated_bytes;
    occupancy.largest_free_bytes =
        std::min(free_by_allocator, saturating_multiply(largest_gap(taken, *bank).low, banks->banks));
}

}  // namespace

void OccupancyTally::add(const Snapshot& snapshot, const Allocation& a) {
    if (standing_of(snapshot, a) != Standing::kLive) return;
    if (a.place.value >= places_.size()) places_.resize(snapshot.places.size());
    InPool& in = places_[a.place.value][static_cast<size_t>(a.pool)];
    if (a.bytes_per_bank != 0) in.blocks.emplace_back(a.address.value, a.end());
    if (verdict_of(snapshot, a) == Verdict::kLeaked) in.leaked = saturating_add(in.leaked, a.reserved_bytes());
}

std::vector<ChipOccupancy> OccupancyTally::chips(const Snapshot& snapshot) {
    const std::map<uint64_t, std::vector<uint32_t>> places = places_by_chip(snapshot);
    places_.resize(snapshot.places.size());
    const auto contents_of = [&](const std::vector<uint32_t>& covering) {
        Contents contents;
        for (const Pool pool : kAllPools) {
            const auto number = static_cast<size_t>(pool);
            std::vector<AddressRange> together;
            for (const uint32_t place : covering) {
                const InPool& in = places_[place][number];
                if (covering.size() > 1) together.insert(together.end(), in.blocks.begin(), in.blocks.end());
                contents.leaked[number] = saturating_add(contents.leaked[number], in.leaked);
            }
            // Those of a single place, as most are, where they lie: their order means nothing.
            std::vector<AddressRange>& blocks = covering.size() == 1 ? places_[covering[0]][number].blocks : together;
            if (pool == Pool::kL1) {  // circular buffers are held against each of its blocks
                for (const auto& [from, to] : blocks) contents.taken[number].add(from, to);
            } else {
                contents.taken[number] = outline_of(blocks, smallest_bank(snapshot, pool));
            }
        }
        return contents;
    };
    std::map<std::vector<uint32_t>, Contents> known;  // by the places that cover a chip
    std::vector<ChipOccupancy> chips;
    for (const ChipUse& use : in_order(snapshot.chips)) {
        const auto covering = places.find(use.chip.id.value);
        const std::vector<uint32_t> key = covering == places.end() ? std::vector<uint32_t>() : covering->second;
        auto in = known.find(key);
        if (in == known.end()) in = known.emplace(key, contents_of(key)).first;
        ChipOccupancy chip{use.chip, {}};
        for (const Pool pool : kAllPools) {
            PoolOccupancy& occupancy = chip.pools[static_cast<size_t>(pool)];
            const PoolUse& of = use.pool(pool);
            occupancy.capacity_bytes = of.capacity_bytes;
            occupancy.allocated_bytes = of.reserved_bytes;
            occupancy.requested_bytes = of.requested_bytes;
            occupancy.allocations = of.allocations;
            occupancy.leaked_bytes = in->second.leaked[static_cast<size_t>(pool)];
            add_free(use, pool, in->second, occupancy);
        }
        chips.push_back(std::move(chip));
    }
    return chips;
}

std::vector<ChipOccupancy> occupancy_of(const Snapshot& snapshot) {
    OccupancyTally tally;
    for (const Allocation& allocation : snapshot.allocations) tally.add(snapshot, allocation);
    return tally.chips(snapshot);
}

}  // namespace ttmem
