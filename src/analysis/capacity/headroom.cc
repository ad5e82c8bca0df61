#include "src/analysis/capacity/headroom.h"

#include <algorithm>
#include <functional>

#include "src/analysis/failures/last_failure.h"
#include "src/analysis/leaks/growth.h"
#include "src/analysis/replay/pool_banks.h"
#include "src/analysis/snapshot/select.h"

namespace ttmem {
namespace {

uint64_t without(uint64_t a, uint64_t b) { return a - std::min(a, b); }

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
    if (!room.banks || !ever[static_cast<size_t>(room.peak.pool)].all_told) return now;
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

std::optional<CbRoom> cb_room(const Replay& replay, size_t chips, const CbRoomFinder& finder, const PoolHeadroom& room,
                              const TouchedPools& ever) {
    const auto begin = begin_of_bank(replay.recording().end, room.peak.chips, ever, Pool::kL1);
    if (!begin || !room.banks || !ever[static_cast<size_t>(Pool::kL1)].all_told) return std::nullopt;
    const AddressRanges& taken = ever[static_cast<size_t>(Pool::kL1)].addresses;
    const uint64_t lowest = taken.empty() ? begin->low + room.banks->bytes_per_bank : taken.lowest();
    return finder.room(replay, chips, begin->low, lowest);
}

// What circular buffers have of each core is not there for good, either: their program may run whatever lives then.
void leave_room_for_cbs(PoolHeadroom& room) {
    if (!room.cbs || !room.headroom) return;
    const CbRoom& cbs = *room.cbs;
    const auto left = [&](uint64_t taken) {
        return saturating_multiply(without(room.banks->bytes_per_bank, taken), room.banks->banks);
    };
    const Interval before = *room.headroom;
    const uint64_t most = saturating_multiply(cbs.most(), room.banks->banks);
    room.headroom->high = without(before.high, most);
    room.headroom->low = !cbs.is_known ? 0 : std::min(without(before.low, most), room.headroom->high);
    // Buffers in a part of the banks may all be on one core.
    if (room.partitioned && most != 0)
        room.headroom->low = std::min(room.headroom->low, left(cbs.most() + cbs.most_buffers));
    if (*room.headroom != before)
        room.circular_buffers = Interval{before.high - room.headroom->high, before.low - room.headroom->low};
    const Interval in_order{cbs.taken_high ? std::min(before.low, left(*cbs.taken_high)) : 0,
                            std::min(before.high, left(cbs.taken_low))};
    if (in_order != *room.headroom) room.in_order = Interval{std::min(in_order.low, in_order.high), in_order.high};
}

void find_untouched(const Recording& recording, const TouchedPools& ever, PoolHeadroom& room) {
    const PoolPeak& peak = room.peak;
    const bool all_told = ever[static_cast<size_t>(peak.pool)].all_told;
    if (!room.banks || !all_told || peak.is_bound || peak.earlier > peak.low) return;  // not every address was seen
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

// The parts of a moment, as those of the peak.
PoolHeadroom parts_of(const Snapshot& tables, const PeakMoment& moment) {
    PoolHeadroom parts;
    parts.of_iterations = Sum{};
    for (const LiveShare& share : moment.shares) {
        const bool stays =
            share.part != Part::kIntermediate && share.part != Part::kOutlived && share.part != Part::kUnknown;
        (stays ? parts.kept : parts.transient) += share.sum;
        const bool may_stay = share.part == Part::kLeaked || share.part == Part::kKeptToEnd;
        if (may_stay && share.in_iteration) parts.kept_by_iterations += share.sum;
        if (stays) continue;
        if (tables.processes[share.process].iterations_ended == 0) parts.of_iterations.reset();
        if (parts.of_iterations && share.in_iteration) *parts.of_iterations += share.sum;
    }
    return parts;
}

void split_peak(const Snapshot& tables, PoolHeadroom& room) {
    const PoolHeadroom parts = parts_of(tables, room.peak.moment);
    room.kept = parts.kept, room.transient = parts.transient;
    room.of_iterations = parts.of_iterations, room.kept_by_iterations = parts.kept_by_iterations;
}

// After the headroom, which is what the peak leaves.
void find_batch(const Snapshot& tables, PoolHeadroom& room) {
    if (!room.peak.exact() || !room.headroom) return;
    for (const PeakMoment* moment : {&room.peak.moment, room.peak.steady ? &*room.peak.steady : nullptr}) {
        if (moment == nullptr) continue;
        const PoolHeadroom parts = parts_of(tables, *moment);
        if (!parts.of_iterations) continue;
        PoolHeadroom::Batch batch;
        batch.kept = parts.kept_by_iterations.reserved_bytes;
        batch.bytes = saturating_add(parts.of_iterations->reserved_bytes, batch.kept);
        batch.room = saturating_add(room.headroom->low, without(room.peak.low, moment->live.reserved_bytes));
        batch.is_steady = moment != &room.peak.moment;
        const auto share = [](const PoolHeadroom::Batch& of) {
            return static_cast<double>(of.bytes) / static_cast<double>(std::max<uint64_t>(1, of.room));
        };
        if (!room.batch || share(batch) > share(*room.batch)) room.batch = batch;
    }
}

// Of each group of equal chips.
std::vector<GrowthReport> growth_on(const Recording& recording, const Replay& replay) {
    const bool any = std::ranges::any_of(recording.end.processes,
                                         [](const Process& process) { return process.iterations_ended != 0; });
    std::vector<GrowthReport> reports;
    for (size_t chips = 0; any && chips < replay.chips().size(); ++chips) {
        Filter filter;
        filter.chip = ChipName{.logical_id = {}, .id = replay.chips()[chips].chips.front()};
        reports.push_back(growth_of(recording, filter));
    }
    return reports;
}

// How long it lasts: only where each iteration takes as much as the one before.
void tell_rate(const IterationPeaks& peaks, size_t chips, PoolHeadroom& room) {
    if (room.leaks.size() != 1) return;  // whose iteration takes what is not told apart
    PoolHeadroom::Leak& leak = room.leaks.front();
    leak.rise = peaks.rise(leak.process, chips, room.peak.pool);
    if (!leak.rise || !leak.rise->is_steady || !room.headroom) return;
    // The next one peaks so much above the last, which need not be the highest of all.
    const uint64_t below_peak = without(room.peak.low, leak.rise->peak);
    leak.iterations_left = saturating_add(room.headroom->low, below_peak) / leak.rise->bytes;
}

std::vector<PoolHeadroom::Leak> leaks_in(const GrowthReport& growth, Pool pool) {
    std::vector<PoolHeadroom::Leak> leaks;
    for (const OwnerGrowth& owner : growth.owners) {
        if (owner.pool != pool || owner.grown.certainty != Certainty::kCertain || owner.grown.grew_in == 0) continue;
        const uint64_t bytes = owner.grown.growth().reserved_bytes / owner.grown.grew_in;
        const auto known = std::ranges::find(leaks, owner.process, &PoolHeadroom::Leak::process);
        PoolHeadroom::Leak& leak = known != leaks.end()
                                       ? *known
                                       : leaks.emplace_back(PoolHeadroom::Leak{owner.process, owner.op, 0, 0, {}, {}});
        ++leak.owners;
        leak.bytes_per_iteration = saturating_add(leak.bytes_per_iteration, bytes);
    }
    std::erase_if(leaks, [](const PoolHeadroom::Leak& leak) { return leak.bytes_per_iteration == 0; });
    std::ranges::stable_sort(leaks, std::greater{}, &PoolHeadroom::Leak::bytes_per_iteration);
    return leaks;
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

// What is looked at while the recording is replayed.
struct Watches {
    AddressWatch addresses;
    CbRoomFinder cbs;
    IterationPeaks iterations;
};

PoolHeadroom headroom_of(const Replay& replay, size_t chips, PoolPeak peak, const Watches& watches, bool has_gaps) {
    const Recording& recording = replay.recording();
    const TouchedPools& ever = watches.addresses.pools(chips);
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
    split_peak(recording.end, room);
    if (pool == Pool::kL1) room.cbs = cb_room(replay, chips, watches.cbs, room, ever);
    leave_room_for_cbs(room);
    find_batch(recording.end, room);
    if (!has_gaps) find_untouched(recording, ever, room);
    if (is_live_on(recording.end, room.peak.chips.front())) room.now = now_of(recording.end, room, ever);
    return room;
}

// What of the capacity is left, from 0 to 1; of what no one used there is no verdict.
double left_of(const PoolHeadroom& room) {
    const bool is_used = room.peak.moment.live.allocations != 0 || room.peak.low != 0 || room.circular_buffers;
    const uint64_t capacity = room.peak.capacity_bytes.value_or(0);
    if (!is_used || !room.headroom || capacity == 0) return 2;
    const uint64_t left = room.in_order ? room.in_order->low : room.headroom->low;
    return static_cast<double>(left) / static_cast<double>(capacity);
}

void put_first(std::vector<PoolHeadroom>& pools, Pool pool) {
    std::stable_partition(pools.begin(), pools.end(), [&](const PoolHeadroom& room) { return room.peak.pool == pool; });
}

// The verdict is of what failed, or else of what is tight: less than a tenth of it is left.
void put_verdict_first(const Snapshot& tables, Headroom& headroom) {
    const auto tightest = std::ranges::min_element(headroom.pools, {}, left_of);
    if (tightest != headroom.pools.end() && left_of(*tightest) < 0.1)
        put_first(headroom.pools, Pool{tightest->peak.pool});
    const Failure* failure = newest_failure(tables);
    const std::optional<Pool> pool = failure != nullptr ? pool_without_room(*failure) : std::nullopt;
    const auto has_failed = [&](const PoolHeadroom& room) {
        return room.peak.pool == pool && is_on(*failure, tables, room.peak.chips);
    };
    if (!pool || std::ranges::none_of(headroom.pools, has_failed)) return;
    put_first(headroom.pools, *pool);
    std::stable_partition(headroom.pools.begin(), headroom.pools.end(), has_failed);
    for (PoolHeadroom& room : headroom.pools) {
        if (has_failed(room)) room.failure = *failure;
    }
}

}  // namespace

Headroom headroom_of(const Recording& recording) {
    Headroom headroom;
    const Peaks peaks = peaks_of(recording);
    headroom.coverage = peaks.coverage;
    Replay replay(recording);
    Watches watches;
    replay.run(watches.addresses);
    BothObservers both(watches.cbs, watches.iterations);
    replay.run(both);  // which chips are used alike is known by now
    const bool has_gaps = has_inner_gaps(recording);
    const std::vector<GrowthReport> growth = growth_on(recording, replay);
    for (const Pool pool : kChipPools) {
        const auto first = static_cast<ptrdiff_t>(headroom.pools.size());
        for (size_t chips = 0; chips < replay.chips().size(); ++chips) {
            PoolPeak peak = peak_in(peaks, recording, replay.chips()[chips].chips, pool);
            if (peak.capacity_bytes.value_or(0) == 0 && peak.moment.live.allocations == 0) continue;
            headroom.pools.push_back(headroom_of(replay, chips, std::move(peak), watches, has_gaps));
            if (growth.empty()) continue;
            headroom.pools.back().leaks = leaks_in(growth[chips], pool);
            tell_rate(watches.iterations, chips, headroom.pools.back());
        }
        std::stable_sort(headroom.pools.begin() + first, headroom.pools.end(),
                         [](const PoolHeadroom& a, const PoolHeadroom& b) {
                             return a.headroom.value_or(Interval{}).low < b.headroom.value_or(Interval{}).low;
                         });
    }
    put_verdict_first(recording.end, headroom);
    return headroom;
}

}  // namespace ttmem
