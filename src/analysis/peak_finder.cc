#include "src/analysis/peak_finder.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

// Times of two processes are told by clocks that stand still for some milliseconds.
constexpr WallTime kClockStep = 50'000'000;

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

struct Stretch {
    WallTime from, to;  // 0: unknown, so it may meet any other
    uint64_t low;
    std::optional<uint64_t> high;

    bool meets(const Stretch& other) const {
        if (from == 0 || other.from == 0) return true;
        return from <= other.to + kClockStep && other.from <= to + kClockStep;
    }
};

// The most that those which meet one of them can have had together.
std::optional<uint64_t> highest(const std::vector<Stretch>& stretches) {
    uint64_t most = 0;
    for (const Stretch& one : stretches) {
        uint64_t sum = 0;  // of all that have begun when it begins and that may not have ended
        for (const Stretch& other : stretches) {
            const bool later = one.from != 0 && other.from > one.from + kClockStep;
            if (later || !one.meets(other)) continue;
            if (!other.high) return std::nullopt;
            sum = saturating_add(sum, *other.high);
        }
        most = std::max(most, sum);
    }
    return most;
}

}  // namespace

void PeakFinder::begins(const Replay& replay) {
    cells_.resize(replay.chips().size());
    const Recording& recording = replay.recording();
    is_steady_ = recording.iterations_before != 0 ||
                 std::ranges::any_of(recording.live_before, [](const Allocation& a) { return a.iteration_over; });
}

void PeakFinder::split(const Replay&, uint32_t whole, uint32_t) { cells_.push_back(cells_[whole]); }

PeakFinder::Share& PeakFinder::share_of(Cell& cell, uint32_t process) {
    if (cell.processes.size() <= process) cell.processes.resize(process + 1);
    return cell.processes[process];
}

void PeakFinder::arrived(const Replay& replay, const LiveBlock& block) {
    const uint64_t bytes = block.reserved_bytes();
    for (const uint32_t chips : replay.chips_of(block.place)) {
        Cell& cell = cells_[chips][static_cast<size_t>(block.pool)];
        cell.live = saturating_add(cell.live, bytes);
        const auto raise = [&](Best& best) {
            if (cell.live <= best.reserved_bytes) return;
            best = {cell.live, replay.event(), replay.now(), block.process, block.op, block.tag, block.iteration};
        };
        raise(cell.all);
        if (is_steady_) raise(cell.steady);
        Share& share = share_of(cell, block.process);
        if (!share.is_used) share.first_at = replay.now();
        share.is_used = true;
        share.holds = true;
        share.live = saturating_add(share.live, bytes);
        share.peak = std::max(share.peak, share.live);
    }
}

void PeakFinder::left(const Replay& replay, const LiveBlock& block, Departure) {
    const uint64_t bytes = block.reserved_bytes();
    for (const uint32_t chips : replay.chips_of(block.place)) {
        Cell& cell = cells_[chips][static_cast<size_t>(block.pool)];
        cell.live -= std::min(cell.live, bytes);
        Share& share = share_of(cell, block.process);
        share.live -= std::min(share.live, bytes);
        if (share.live != 0) continue;
        share.holds = false;
        share.last_at = replay.now();
    }
}

void PeakFinder::applied(const Replay& replay, const Event& event) {
    if (event.kind != EventKind::kIterationEnded) return;
    ++iterations_ended_;
    if (is_steady_) return;
    is_steady_ = true;
    for (auto& pools : cells_) {
        for (Cell& cell : pools) {
            cell.steady = {cell.live, replay.event(), replay.now(), event.process, event.op, event.tag, 0};
        }
    }
}

void bound_peak(const Replay& replay, const PeakFinder::Cell& cell, PoolPeak& peak, bool& contradicted) {
    const Recording& recording = replay.recording();
    std::vector<Stretch> stretches;
    for (uint32_t p = 0; p < recording.end.processes.size(); ++p) {
        const Process& process = recording.end.processes[p];
        bool differ = false;
        const std::optional<Interval> counted = counted_by(process, peak.chips, peak.pool, differ);
        const PeakFinder::Share share = p < cell.processes.size() ? cell.processes[p] : PeakFinder::Share{};
        const bool gap = replay.has_gap(p);
        const bool began_within = process.started_at && *process.started_at >= recording.began_at;
        Stretch stretch{share.first_at, share.holds || gap ? INT64_MAX - kClockStep : share.last_at, share.peak,
                        share.peak};
        if (gap) {
            stretch.from = 0;
            stretch.high = counted ? std::optional(std::max(counted->high, share.peak)) : std::nullopt;
            if (counted && began_within) stretch.low = std::max(stretch.low, counted->low);
        } else if (counted && (counted->low > share.peak || (differ && counted->high > share.peak))) {
            if (!began_within) {
                peak.earlier = std::max(peak.earlier, counted->low);
            } else {
                contradicted = true;
                stretch.low = std::max(counted->low, share.peak);
                stretch.high = counted->high;
            }
        }
        if (process.coverage.untracked_allocations != 0) peak.is_bound = true;
        if (stretch.low != 0 || stretch.high != 0) stretches.push_back(stretch);
    }
    peak.low = cell.live;  // at the end, together
    for (const Stretch& stretch : stretches) peak.low = std::max(peak.low, stretch.low);
    peak.high = highest(stretches);
    if (peak.capacity_bytes && (!peak.high || *peak.high > *peak.capacity_bytes) && *peak.capacity_bytes >= peak.low) {
        peak.high = peak.capacity_bytes;
    }
}

}  // namespace ttmem
