#include "src/analysis/headroom.h"

#include <algorithm>
#include <array>

#include "src/analysis/address_ranges.h"
#include "src/analysis/replay.h"
#include "src/analysis/select.h"

namespace ttmem {
namespace {

uint64_t without(uint64_t a, uint64_t b) { return a - std::min(a, b); }

bool has_chip(const std::vector<ChipId>& chips, ChipId chip) {
    return std::find(chips.begin(), chips.end(), chip) != chips.end();
}

// What was ever in use of a pool.
struct Touched {
    AddressRanges addresses;
    uint64_t fewest_banks = UINT64_MAX;  // of a block
};
using TouchedPools = std::array<Touched, kPoolCount>;

// Every address that was ever in use, by equal chips and pool.
class AddressWatch : public ReplayObserver {
public:
    void begins(const Replay& replay) override { cells_.resize(replay.chips().size()); }
    void split(const Replay&, uint32_t whole, uint32_t) override { cells_.push_back(cells_[whole]); }
    void arrived(const Replay& replay, const LiveBlock& block) override {
        const uint64_t end = saturating_add(block.address, block.bytes_per_bank);
        for (const uint32_t chips : replay.chips_of(block.place)) {
            Touched& touched = cells_[chips][static_cast<size_t>(block.pool)];
            touched.addresses.add(block.address, end);
            touched.fewest_banks = std::min<uint64_t>(touched.fewest_banks, block.banks);
        }
    }
    const TouchedPools& pools(size_t chips) const { return cells_[chips]; }

private:
    std::vector<TouchedPools> cells_;  // by Replay::chips()
};

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

std::optional<ChipDescription::PoolBanks> banks_of(const Snapshot& tables, const std::vector<ChipId>& chips,
                                                   Pool pool) {
    return agreed(tables, chips, [&](const ChipUse& use) { return use.chip.pools[static_cast<size_t>(pool)]; });
}

// Where a pool's banks begin. The runtime tells it of L1, and nobody of DRAM, but what lies in it; the small pool is
// above L1, and the trace region above DRAM.
std::optional<Interval> begin_of_bank(const Snapshot& tables, const std::vector<ChipId>& chips,
                                      const TouchedPools& ever, Pool pool) {
    if (pool == Pool::kL1Small || pool == Pool::kTrace) {
        const Pool lower = pool == Pool::kTrace ? Pool::kDram : Pool::kL1;
        const auto banks = banks_of(tables, chips, lower);
        const auto begin = begin_of_bank(tables, chips, ever, lower);
        if (!banks || !begin) return std::nullopt;
        return Interval{saturating_add(begin->low, banks->bytes_per_bank),
                        saturating_add(begin->high, banks->bytes_per_bank)};
    }
    if (pool == Pool::kL1) {
        const auto base = agreed(tables, chips, [](const ChipUse& use) { return use.chip.l1_base; });
        return base ? std::optional(Interval{*base, *base}) : std::nullopt;
    }
    const AddressRanges& taken = ever[static_cast<size_t>(pool)].addresses;
    const auto banks = banks_of(tables, chips, pool);
    if (taken.empty() || !banks) return std::nullopt;
    const auto bank = bank_around(taken, std::nullopt, banks->bytes_per_bank);
    return bank ? std::optional(bank->begin) : std::nullopt;
}

bool is_live_on(const Snapshot& tables, ChipId chip) {
    return std::any_of(tables.places.begin(), tables.places.end(), [&](const Place& place) {
        return place.open && tables.processes[place.process.value].state == ProcessState::kLive &&
               has_chip(place.chips, chip);
    });
}

// `ever`: what the history shows. What is live may be where it shows nothing, after a gap.
PoolHeadroom::Now now_of(const Snapshot& tables, const PoolHeadroom& room, TouchedPools ever) {
    PoolHeadroom::Now now;
    AddressRanges taken;
    bool partitioned = room.partitioned;
    for (const Allocation& a : tables.allocations) {
        if (!has_chip(tables.place_of(a).chips, room.peak.chips.front())) continue;
        ever[static_cast<size_t>(a.pool)].addresses.add(a.address.value, a.end());
        if (a.pool != room.peak.pool || standing_of(tables, a) != Standing::kLive) continue;
        now.live += Sum{1, a.requested_bytes, a.reserved_bytes()};
        taken.add(a.address.value, a.end());
        partitioned |= room.banks && a.banks < room.banks->banks;
    }
    if (room.peak.capacity_bytes) now.free = without(*room.peak.capacity_bytes, now.live.reserved_bytes);
    if (!room.banks) return now;
    const auto begin = begin_of_bank(tables, room.peak.chips, ever, room.peak.pool);
    const AddressRanges& all = ever[static_cast<size_t>(room.peak.pool)].addresses;
    const std::optional<BankBounds> possible = bank_around(all, begin, room.banks->bytes_per_bank);
    if (!possible) return now;
    Interval largest = largest_gap(taken, *possible);
    if (partitioned) largest.low = 0;
    const uint64_t most = now.free ? *now.free / room.banks->banks : UINT64_MAX;
    now.largest_free_per_bank = Interval{std::min(largest.low, most), std::min(largest.high, most)};
    return now;
}

// How far programs that live reach into L1.
void look_at_programs(const Snapshot& tables, ChipId chip, CbRoom& room) {
    for (const Program& program : tables.programs) {
        if (program.destroyed || tables.processes[program.process.value].state != ProcessState::kLive) continue;
        for (const ProgramCbs& cbs : program.cbs) {
            if (cbs.left_behind || cbs.released || !has_chip(tables.places[cbs.place.value].chips, chip)) continue;
            for (const CircularBuffer& buffer : cbs.plan.buffers) {
                const uint64_t end = saturating_add(buffer.address, buffer.bytes);
                if (buffer.aliased || end <= room.reach.value_or(0)) continue;
                room.reach = end;
                room.program = program.name;
            }
        }
    }
}

std::optional<CbRoom> cb_room(const Snapshot& tables, const PoolHeadroom& room, const TouchedPools& ever) {
    const auto begin = begin_of_bank(tables, room.peak.chips, ever, Pool::kL1);
    if (!begin || !room.banks) return std::nullopt;
    const AddressRanges& taken = ever[static_cast<size_t>(Pool::kL1)].addresses;
    CbRoom cbs;
    cbs.begin = begin->low;
    cbs.lowest = taken.empty() ? begin->low + room.banks->bytes_per_bank : taken.lowest();
    look_at_programs(tables, room.peak.chips.front(), cbs);
    return cbs;
}

void find_untouched(const Recording& recording, const TouchedPools& ever, PoolHeadroom& room) {
    const PoolPeak& peak = room.peak;
    if (!room.banks || peak.is_bound || peak.earlier > peak.low) return;  // not every address was seen
    const auto begin = begin_of_bank(recording.end, room.peak.chips, ever, room.peak.pool);
    AddressRanges taken = ever[static_cast<size_t>(room.peak.pool)].addresses;
    if (room.cbs && room.cbs->reach) taken.add(room.cbs->begin, *room.cbs->reach);
    const std::optional<BankBounds> bank = bank_around(taken, begin, room.banks->bytes_per_bank);
    if (!bank) return;
    Interval untouched = largest_gap(taken, *bank);
    if (room.partitioned) untouched.low = 0;
    if (room.headroom) {
        const Interval most{room.headroom->low / room.banks->banks, room.headroom->high / room.banks->banks};
        room.overlaps = untouched.low > most.high;
        untouched = {std::min(untouched.low, most.low), std::min(untouched.high, most.high)};
    }
    room.untouched_per_bank = untouched;
}

void split_peak(PoolHeadroom& room) {
    for (const LiveShare& share : room.peak.moment.shares) {
        const bool stays = share.part != Part::kIntermediate && share.part != Part::kUnknown;
        (stays ? room.kept : room.transient) += share.sum;
    }
}

PoolPeak peak_in(const Peaks& peaks, const Recording& recording, const std::vector<ChipId>& chips, Pool pool) {
    for (const PoolPeak& peak : peaks.pools) {
        if (peak.pool == pool && peak.chips == chips) return peak;
    }
    PoolPeak unused;
    unused.chips = chips;
    unused.pool = pool;
    unused.high = 0;
    unused.capacity_bytes =
        agreed(recording.end, chips, [&](const ChipUse& use) { return use.pool(pool).capacity_bytes; });
    for (const Process& process : recording.end.processes)
        unused.is_bound |= process.coverage.untracked_allocations != 0;
    return unused;
}

PoolHeadroom headroom_of(const Recording& recording, PoolPeak peak, const TouchedPools& ever, bool has_gaps) {
    PoolHeadroom room;
    room.peak = std::move(peak);
    const Pool pool = room.peak.pool;
    room.banks = banks_of(recording.end, room.peak.chips, pool);
    if (room.banks && room.banks->banks == 0) room.banks.reset();
    room.partitioned = room.banks && ever[static_cast<size_t>(pool)].fewest_banks < room.banks->banks;
    if (room.peak.capacity_bytes) {
        const uint64_t capacity = *room.peak.capacity_bytes, low = std::max(room.peak.low, room.peak.earlier);
        const bool bounded = room.peak.high && !room.peak.is_bound;
        room.headroom =
            Interval{bounded ? without(capacity, std::max(*room.peak.high, low)) : 0, without(capacity, low)};
    }
    split_peak(room);
    if (pool == Pool::kL1) room.cbs = cb_room(recording.end, room, ever);
    if (!has_gaps) find_untouched(recording, ever, room);
    if (is_live_on(recording.end, room.peak.chips.front())) room.now = now_of(recording.end, room, ever);
    return room;
}

}  // namespace

Headroom headroom_of(const Recording& recording) {
    Headroom headroom;
    const Peaks peaks = peaks_of(recording);
    headroom.coverage = peaks.coverage;
    Replay replay(recording);
    AddressWatch watch;
    replay.run(watch);
    const bool has_gaps = has_inner_gaps(recording);
    for (const Pool pool : kChipPools) {
        const auto first = static_cast<ptrdiff_t>(headroom.pools.size());
        for (size_t chips = 0; chips < replay.chips().size(); ++chips) {
            PoolPeak peak = peak_in(peaks, recording, replay.chips()[chips].chips, pool);
            if (peak.capacity_bytes.value_or(0) == 0 && peak.moment.live.allocations == 0) continue;
            headroom.pools.push_back(headroom_of(recording, std::move(peak), watch.pools(chips), has_gaps));
        }
        std::stable_sort(headroom.pools.begin() + first, headroom.pools.end(),
                         [](const PoolHeadroom& a, const PoolHeadroom& b) {
                             return a.headroom.value_or(Interval{}).low < b.headroom.value_or(Interval{}).low;
                         });
    }
    return headroom;
}

}  // namespace ttmem
