#include "src/analysis/replay/arenas.h"

#include <algorithm>
#include <utility>

#include "src/analysis/replay/pool_banks.h"

namespace ttmem {
namespace {

constexpr uint64_t kMostAlignment = 64;

constexpr size_t index_of(Pool pool) { return static_cast<size_t>(pool); }

uint64_t round_up(uint64_t bytes, uint64_t alignment) {
    return saturating_add(bytes, alignment - 1) & ~(alignment - 1);
}

// The mesh that a part belongs to; else the place itself.
std::pair<uint32_t, uint32_t> owner_of(const Snapshot& tables, uint32_t place) {
    const Place& p = tables.places[place];
    const bool is_part = p.kind == PlaceKind::kMeshPart && p.parent != 0;
    const uint32_t registration = is_part ? p.parent : p.registration;
    // An import has no registrations.
    return {p.process.value, registration != 0 ? registration : UINT32_MAX - place};
}

// The whole of two arenas, one above the other, with `upper` bytes for the upper one.
void divide(std::optional<Arena>& below, std::optional<Arena>& above, uint64_t upper) {
    if (!below) return;
    const uint64_t end = above && above->bytes() != 0 ? std::max(above->end, below->end) : below->end;
    if (!above || above->banks == 0) above = Arena{below->banks, end, end, below->alignment};
    upper = std::min(upper, end - below->begin);
    below->end = end - upper;
    above->begin = end - upper;
    above->end = end;
}

}  // namespace

ArenaSet with_sizes(const ArenaSet& arenas, const DeviceSizes& sizes) {
    ArenaSet changed = arenas;
    std::optional<Arena>& l1 = changed[index_of(Pool::kL1)];
    std::optional<Arena>& dram = changed[index_of(Pool::kDram)];
    if (sizes.l1_small_bytes && l1)
        divide(l1, changed[index_of(Pool::kL1Small)], round_up(*sizes.l1_small_bytes, l1->alignment));
    if (sizes.trace_region_bytes && dram && dram->banks != 0) {
        const uint64_t share = *sizes.trace_region_bytes / dram->banks + (*sizes.trace_region_bytes % dram->banks != 0);
        divide(dram, changed[index_of(Pool::kTrace)], round_up(share, dram->alignment));
    }
    return changed;
}

uint64_t ArenaFinder::Seen::alignment() const {
    if (bits == 0) return 1;
    return std::min(kMostAlignment, bits & (~bits + 1));
}

ArenaFinder::ArenaFinder(const Recording& recording) : recording_(recording) {
    const std::vector<Place>& places = recording.end.places;
    std::map<std::pair<uint32_t, uint32_t>, size_t> known;
    allocator_of_place_.resize(places.size());
    for (uint32_t place = 0; place < places.size(); ++place) {
        const auto [entry, is_new] = known.try_emplace(owner_of(recording.end, place), roots_.size());
        if (is_new) roots_.push_back(place);
        allocator_of_place_[place] = entry->second;
        if (places[place].kind != PlaceKind::kMeshPart) roots_[entry->second] = place;  // its latest opening
    }
    seen_.resize(roots_.size());
}

void ArenaFinder::arrived(const Replay&, const LiveBlock& block) {
    Seen& seen = seen_[allocator_of_place_[block.place]][index_of(block.pool)];
    const uint64_t end = saturating_add(block.address, block.bytes_per_bank);
    seen.lowest = std::min(seen.lowest, block.address);
    seen.highest = std::max(seen.highest, end);
    seen.bits |= block.address | block.bytes_per_bank;
    if (seen.first_end != 0) return;
    seen.first_begin = block.address;
    seen.first_end = end;
    seen.first_grew_up = grows_up(block);
}

// Where the runtime does not tell it, what lies in DRAM, and in the trace region above it, bounds where it begins: for
// all allocators of a process with the same banks, for they begin alike.
std::vector<std::optional<uint64_t>> ArenaFinder::begins_of_dram() const {
    const auto less = [](uint64_t a, uint64_t b) { return a - std::min(a, b); };
    using Sizes = std::array<uint64_t, 4>;  // process, banks, bytes of each bank, of the trace region
    std::vector<std::optional<Sizes>> sizes(roots_.size());
    std::map<Sizes, Interval> bounds;
    for (size_t i = 0; i < roots_.size(); ++i) {
        const Place& place = recording_.end.places[roots_[i]];
        const auto banks = banks_of(recording_.end, place.chips, Pool::kDram);
        if (!banks) continue;
        const auto region = banks_of(recording_.end, place.chips, Pool::kTrace);
        const uint64_t bytes = banks->bytes_per_bank, above = region ? region->bytes_per_bank : 0;
        sizes[i] = {place.process.value, banks->banks, bytes, above};
        const Seen &dram = seen_[i][index_of(Pool::kDram)], &trace = seen_[i][index_of(Pool::kTrace)];
        Interval& all = bounds.try_emplace(*sizes[i], Interval{0, UINT64_MAX}).first->second;
        all.low = std::max({all.low, less(dram.highest, bytes), less(trace.highest, saturating_add(bytes, above))});
        all.high = std::min({all.high, dram.lowest, trace.highest == 0 ? UINT64_MAX : less(trace.lowest, bytes)});
    }
    std::vector<std::optional<uint64_t>> begins(roots_.size());
    for (size_t i = 0; i < roots_.size(); ++i) {
        begins[i] = told_begin_of_bank(recording_.end, recording_.end.places[roots_[i]].chips, Pool::kDram);
        if (begins[i] || !sizes[i]) continue;
        const Interval& all = bounds.at(*sizes[i]);
        if (all.high == UINT64_MAX || all.low > all.high) continue;
        const Seen& dram = seen_[i][index_of(Pool::kDram)];
        const bool knows_begin = dram.first_end != 0 && dram.first_grew_up;
        begins[i] =
            std::clamp(knows_begin ? dram.first_begin : less(dram.first_end, (*sizes[i])[2]), all.low, all.high);
    }
    return begins;
}

std::vector<AllocatorOfPlace> ArenaFinder::allocators() const {
    std::vector<AllocatorOfPlace> found;
    const std::vector<std::optional<uint64_t>> begins = begins_of_dram();
    for (size_t i = 0; i < roots_.size(); ++i) {
        const Place& place = recording_.end.places[roots_[i]];
        AllocatorOfPlace allocator{place.process.value, roots_[i], {}};
        const auto banks = [&](Pool pool) { return banks_of(recording_.end, place.chips, pool); };
        const auto put = [&](Pool pool, std::optional<uint64_t> begin, const ChipDescription::PoolBanks& of) {
            if (!begin) return;
            const uint64_t alignment = seen_[i][index_of(pool)].alignment();
            allocator.arenas[index_of(pool)] =
                Arena{of.banks, *begin, saturating_add(*begin, of.bytes_per_bank), alignment};
        };
        const auto put_both = [&](Pool low, Pool high, std::optional<uint64_t> begin) {
            const auto below = banks(low), above = banks(high);
            if (!below || !begin) return;
            put(low, begin, *below);
            if (above) put(high, saturating_add(*begin, below->bytes_per_bank), *above);
        };
        put_both(Pool::kL1, Pool::kL1Small, told_begin_of_bank(recording_.end, place.chips, Pool::kL1));
        put_both(Pool::kDram, Pool::kTrace, begins[i]);
        found.push_back(allocator);
    }
    return found;
}

}  // namespace ttmem
