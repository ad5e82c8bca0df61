#include "src/analysis/recording/peak_finder.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

const PoolUse* use_of(const Process& process, ChipId chip, Pool pool) {
    for (const ChipUse& use : process.chips) {
        if (use.chip.id == chip) return &use.pool(pool);
    }
    return nullptr;
}

// What a process counted on each of these chips. Events know them to be alike; where there were none, as in a file that
// was cut, counts may differ.
std::optional<Interval> counted_by(const Process& process, const std::vector<ChipId>& chips, Pool pool, bool& differ) {
    std::optional<Interval> counted;
    bool lacks_one = false;
    for (const ChipId chip : chips) {
        const PoolUse* use = use_of(process, chip, pool);
        const std::optional<Interval> here = use != nullptr ? use->peak_reserved : std::nullopt;
        lacks_one |= !here;
        if (!here) continue;
        differ |= counted && *counted != *here;
        counted = counted ? Interval{std::min(counted->low, here->low), std::max(counted->high, here->high)} : *here;
    }
    if (!counted || !lacks_one) return counted;
    differ |= counted->high != 0;
    counted->low = 0;
    return counted;
}

// The most that a process had, and whether its history tells when.
struct OwnPeak {
    uint64_t low;
    std::optional<uint64_t> high;
    bool is_told;
};

// Of a process whose threads took turns so quickly that its history does not tell in which order.
OwnPeak unordered_peak(const PeakFinder::Share& share, const std::optional<Interval>& counted, bool began_within) {
    const uint64_t certain = std::max(share.certain_peak, share.live);
    if (!counted) return {certain, std::nullopt, false};
    return {began_within ? std::max(certain, counted->low) : certain, counted->high, false};
}

// No more than all had at some time each, and, of those whose histories tell when, no more than these had together.
// Nothing where numbers end.
std::optional<uint64_t> highest(const std::vector<OwnPeak>& peaks, const SharedUse* together) {
    uint64_t all = 0, ordered = together != nullptr ? together->largest().high : UINT64_MAX;
    for (const OwnPeak& peak : peaks) {
        if (!peak.high) return std::nullopt;
        all = saturating_add(all, *peak.high);
        if (!peak.is_told) ordered = saturating_add(ordered, *peak.high);
    }
    const uint64_t most = std::min(all, ordered);
    return most != UINT64_MAX ? std::optional(most) : std::nullopt;
}

}  // namespace

void PeakFinder::begins(const Replay& replay) {
    together_.begins(replay);
    cells_.resize(replay.chips().size());
    const Recording& recording = replay.recording();
    is_steady_ = recording.iterations_before != 0 ||
                 std::ranges::any_of(recording.live_before, [](const Allocation& a) { return a.iteration_over; });
}

void PeakFinder::split(const Replay& replay, uint32_t whole, uint32_t part) {
    cells_.push_back(cells_[whole]);
    together_.split(replay, whole, part);
}

PeakFinder::Share& PeakFinder::share_of(Cell& cell, uint32_t process) {
    if (cell.processes.size() <= process) cell.processes.resize(process + 1);
    return cell.processes[process];
}

PeakFinder::Share& PeakFinder::changed_share(uint32_t chips, Pool pool, uint32_t process) {
    changed_.push_back({chips, process, pool});
    return share_of(cells_[chips][static_cast<size_t>(pool)], process);
}

void PeakFinder::note_turn(Share& share, const Event& event) {
    const bool is_settled = event.at > share.changed_at + kClockStep;
    if (is_settled) share.certain_peak = std::max(share.certain_peak, share.settled);
    const bool is_known = share.thread != 0 && event.thread != 0;  // an end of the process is of no thread
    share.is_unordered |= !is_settled && is_known && share.thread != event.thread;
    share.settled = share.live, share.thread = event.thread, share.changed_at = event.at;
}

void PeakFinder::arrived(const Replay& replay, const LiveBlock& block) {
    const uint64_t bytes = block.reserved_bytes();
    together_.arrived(replay, block);
    for (const uint32_t chips : replay.chips_of(block.place)) {
        Cell& cell = cells_[chips][static_cast<size_t>(block.pool)];
        cell.live = saturating_add(cell.live, bytes);
        const auto raise = [&](Best& best, uint64_t key) {
            if (cell.live <= best.reserved_bytes) return;
            best = {cell.live, replay.event(), replay.now(), block.process, block.op, block.tag, block.iteration};
            together_.ask(replay, key, chips, block.pool, block.process);
        };
        raise(cell.all, kAtPeak);
        if (is_steady_) raise(cell.steady, kSteady);
        Share& share = changed_share(chips, block.pool, block.process);
        share.live = saturating_add(share.live, bytes);
        share.peak = std::max(share.peak, share.live);
    }
}

void PeakFinder::left(const Replay& replay, const LiveBlock& block, Departure departure) {
    together_.left(replay, block, departure);
    const uint64_t bytes = block.reserved_bytes();
    for (const uint32_t chips : replay.chips_of(block.place)) {
        Cell& cell = cells_[chips][static_cast<size_t>(block.pool)];
        cell.live -= std::min(cell.live, bytes);
        Share& share = changed_share(chips, block.pool, block.process);
        share.live -= std::min(share.live, bytes);
    }
}

void PeakFinder::applied(const Replay& replay, const Event& event) {
    for (const Changed& changed : changed_)
        note_turn(share_of(cells_[changed.chips][static_cast<size_t>(changed.pool)], changed.process), event);
    changed_.clear();
    if (event.kind != EventKind::kIterationEnded) return;
    ++iterations_ended_;
    if (is_steady_) return;
    is_steady_ = true;
    for (auto& pools : cells_) {
        for (Cell& cell : pools) {
            cell.steady = {cell.live, replay.event(), replay.now(), event.process, 0, 0, 0};  // no one allocated then
        }
    }
}

void bound_peak(const Replay& replay, const PeakFinder::Cell& cell, const SharedUse* together, PoolPeak& peak,
                bool& contradicted) {
    const Recording& recording = replay.recording();
    std::vector<OwnPeak> own_peaks;
    for (uint32_t p = 0; p < recording.end.processes.size(); ++p) {
        const Process& process = recording.end.processes[p];
        bool differ = false;
        const std::optional<Interval> counted = counted_by(process, peak.chips, peak.pool, differ);
        const PeakFinder::Share share = p < cell.processes.size() ? cell.processes[p] : PeakFinder::Share{};
        const uint64_t seen = share.peak;
        const bool began_within = process.started_at && *process.started_at >= recording.began_at;
        OwnPeak own{seen, seen, !replay.has_gap(p)};
        if (!own.is_told) {
            // Of what was looked at now and then frees are told late: no more was there than it counted itself.
            own.high = counted ? std::optional(counted->high) : std::nullopt;
            if (counted) own.low = std::max(std::min(seen, counted->high), began_within ? counted->low : 0);
        } else if (share.is_unordered && !(began_within && counted == Interval{seen, seen})) {
            own = unordered_peak(share, counted, began_within);
            peak.is_unordered = true;
        } else if (counted && (counted->low > seen || (differ && counted->high > seen))) {
            if (!began_within) {
                peak.earlier = std::max(peak.earlier, counted->low);
            } else {
                contradicted = true;
                own = {std::max(counted->low, seen), counted->high, false};
            }
        }
        if (process.coverage.untracked_allocations != 0) peak.is_bound = true;
        if (own.low != 0 || own.high != 0) own_peaks.push_back(own);
    }
    peak.low = cell.live;  // at the end, together
    for (const OwnPeak& own : own_peaks) peak.low = std::max(peak.low, own.low);
    if (peak.is_unordered) together = nullptr;
    if (together != nullptr) peak.low = std::max(peak.low, together->largest().low);
    if (cell.all.reserved_bytes == UINT64_MAX) peak.is_bound = true;  // where numbers end, sums stop
    peak.high = highest(own_peaks, together);
    if (peak.is_bound && peak.high != 0) peak.high.reset();
    if (peak.capacity_bytes && (!peak.high || *peak.high > *peak.capacity_bytes) && *peak.capacity_bytes >= peak.low) {
        peak.high = peak.capacity_bytes;
    }
}

}  // namespace ttmem
