#include "src/analysis/recording/peak.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "src/analysis/recording/leaked_blocks.h"
#include "src/analysis/recording/peak_finder.h"
#include "src/analysis/replay/last_frees.h"
#include "src/analysis/replay/pool_banks.h"
#include "src/analysis/replay/replay.h"
#include "src/analysis/snapshot/stopped_sum.h"
#include "src/base/saturating.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

// Whose a block is, and what decides its part.
struct ShareKey {
    uint32_t process, place, op, tag, thread, stack;
    uint64_t holder;
    AllocationClass allocation_class;
    bool persistent, outlived, leaked, in_iteration;
    friend auto operator<=>(const ShareKey&, const ShareKey&) = default;
};

// As it was after that event: marks change.
ShareKey key_of(const LiveBlock& b, uint64_t event, const LeakedBlocks& leaked) {
    const bool outlived = b.outlived(event);
    return {b.process,
            b.place,
            b.op,
            b.tag,
            b.thread,
            b.stack,
            b.holder,
            b.allocation_class,
            b.persistent <= event,
            outlived,
            leaked.contains(b, outlived),
            b.iteration != 0};
}

struct Kept {
    Sum all, freed;  // of them: later, while the work went on
};

// A moment whose shares are wanted: filled when the replay comes by, and until it ends, for what is freed later.
struct WantedMoment {
    PeakMoment* moment;
    uint32_t chips;  // into Replay::chips()
    Pool pool;
    bool is_taken = false;
    std::map<ShareKey, Kept> shares = {};
};

class MomentTaker : public ReplayObserver {
public:
    MomentTaker(std::vector<WantedMoment> wanted, const LeakedBlocks& leaked)
        : wanted_(std::move(wanted)), leaked_(leaked) {
        std::stable_sort(wanted_.begin(), wanted_.end(), [](const WantedMoment& a, const WantedMoment& b) {
            return a.moment->event < b.moment->event;
        });
    }

    void began(const Replay& replay) override {
        const std::vector<Process>& processes = replay.recording().end.processes;
        for (uint32_t p = 0; p < processes.size(); ++p) iterates(p) = processes[p].iterations_ended != 0;
        by_chips_.resize(replay.chips().size());
        for (size_t i = 0; i < wanted_.size(); ++i) by_chips_[wanted_[i].chips].push_back(i);
        take(replay);
    }
    void applied(const Replay& replay, const Event& event) override {
        if (event.kind == EventKind::kIterationBegun) iterates(event.process) = true;
        frees_.applied(replay, event, count_);
        stood_until(replay.now());
        if (next_ != wanted_.size() && wanted_[next_].moment->event <= replay.event()) take(replay);
    }
    void ended(const Replay& replay) override {
        take(replay);
        frees_.ended(replay, count_);
    }
    void lost(const Replay&, uint32_t process) override { frees_.lost(process, count_); }
    void left(const Replay& replay, const LiveBlock& block, Departure departure) override {
        if (departure != Departure::kFreed) return;
        for (const uint32_t chips : replay.chips_of(block.place)) {
            for (const size_t i : by_chips_[chips]) {
                WantedMoment& wanted = wanted_[i];
                if (!wanted.is_taken || wanted.pool != block.pool || block.born > wanted.moment->event) continue;
                const ShareKey key = key_of(block, wanted.moment->event, leaked_);
                const Freed freed{&wanted.shares[key].freed, {1, block.requested_bytes, block.reserved_bytes()}};
                // An iteration that made it, and did not end, is as those before it: its variables go with it.
                key.outlived || key.in_iteration ? count_(freed) : frees_.freed(replay, block, freed);
            }
        }
    }

    void finish() {
        for (WantedMoment& wanted : wanted_) {
            std::vector<LiveShare>& shares = wanted.moment->shares;
            for (const auto& [key, kept] : wanted.shares) {
                Sum stayed = kept.all;
                stayed.allocations -= kept.freed.allocations;
                stayed.requested_bytes -= kept.freed.requested_bytes;
                stayed.reserved_bytes -= kept.freed.reserved_bytes;
                for (const auto& [sum, freed] : {std::pair(stayed, false), std::pair(kept.freed, true)}) {
                    if (sum.allocations == 0) continue;
                    shares.push_back({part_of(key, freed), key.process, key.place, key.op, key.tag, key.thread,
                                      key.stack, 0, key.holder, key.allocation_class, key.in_iteration, sum});
                }
            }
            std::stable_sort(shares.begin(), shares.end(), [](const LiveShare& a, const LiveShare& b) {
                return a.sum.reserved_bytes > b.sum.reserved_bytes;
            });
        }
    }

private:
    bool iterated(uint32_t process) const { return process < iterates_.size() && iterates_[process]; }
    std::vector<bool>::reference iterates(uint32_t process) {
        if (iterates_.size() <= process) iterates_.resize(process + 1);
        return iterates_[process];
    }

    Part part_of(const ShareKey& key, bool freed) const {
        if (key.leaked) return Part::kLeaked;
        if (key.outlived && freed) return Part::kOutlived;
        switch (key.allocation_class) {
            case AllocationClass::kProgram:
                return Part::kProgram;
            case AllocationClass::kTrace:
                return Part::kTrace;
            case AllocationClass::kRuntime:
                return Part::kRuntime;
            default:
                break;
        }
        if (key.persistent) return Part::kPersistent;
        if (!freed) return iterated(key.process) && !key.in_iteration ? Part::kPersistent : Part::kKeptToEnd;
        return key.allocation_class == AllocationClass::kTensor ? Part::kIntermediate : Part::kUnknown;
    }

    void stood_until(WallTime now) {
        std::erase_if(stands_, [now](PeakMoment* moment) {
            if (now <= moment->at) return false;
            moment->until = now;
            return true;
        });
    }

    void take(const Replay& replay) {
        for (; next_ != wanted_.size() && wanted_[next_].moment->event <= replay.event(); ++next_) {
            WantedMoment& wanted = wanted_[next_];
            wanted.is_taken = true;
            stands_.push_back(wanted.moment);
            for (const LiveBlock& block : replay.blocks()) {
                if (!block.is_live || block.pool != wanted.pool || !is_on(replay, block, wanted.chips)) continue;
                const Sum sum{1, block.requested_bytes, block.reserved_bytes()};
                wanted.shares[key_of(block, replay.event(), leaked_)].all += sum;
                wanted.moment->live += sum;
            }
        }
    }
    static bool is_on(const Replay& replay, const LiveBlock& block, uint32_t chips) {
        const std::span<const uint32_t> on = replay.chips_of(block.place);
        return std::find(on.begin(), on.end(), chips) != on.end();
    }

    // A free of a block that was live at a wanted moment.
    struct Freed {
        Sum* sum;  // of its share there
        Sum block;
    };
    static constexpr auto count_ = [](const Freed& freed) { *freed.sum += freed.block; };

    std::vector<WantedMoment> wanted_;  // in the order of their events
    LastFrees<Freed> frees_;
    const LeakedBlocks& leaked_;
    std::vector<std::vector<size_t>> by_chips_;
    std::vector<bool> iterates_;       // by process: it has marked an iteration
    std::vector<PeakMoment*> stands_;  // those whose time is not over
    size_t next_ = 0;
};

void name_lines(const Snapshot& tables, std::vector<PoolPeak>& pools) {
    UserLines lines(tables);
    for (PoolPeak& pool : pools) {
        for (PeakMoment* moment : {&pool.moment, pool.steady ? &*pool.steady : nullptr, &pool.end}) {
            if (moment == nullptr) continue;
            for (LiveShare& share : moment->shares) share.line = lines.of(share.stack);
        }
    }
}

PeakMoment moment_of(const PeakFinder::Best& best) {
    PeakMoment moment;
    moment.event = best.event;
    moment.at = best.at;
    moment.process = best.process;
    moment.op = best.op, moment.tag = best.tag, moment.iteration = best.iteration;
    return moment;
}

// What was in use then; where that is certain, but not that it was the most, what that may be.
std::optional<Interval> at_peak(const SharedUse& together, const PoolPeak& peak) {
    const std::optional<Interval> then = together.answer(PeakFinder::kAtPeak);
    const bool is_elsewhere = !then && !together.largest().exact() && peak.high > peak.low;
    return is_elsewhere ? Interval{peak.low, *peak.high} : then;
}

// Where all that know it agree.
std::optional<uint64_t> capacity_of(const Snapshot& tables, const std::vector<ChipId>& chips, Pool pool) {
    std::optional<uint64_t> capacity;
    for (const Process& process : tables.processes) {
        for (const ChipUse& use : process.chips) {
            const std::optional<uint64_t> known = use.pool(pool).capacity_bytes;
            if (!known || std::find(chips.begin(), chips.end(), use.chip.id) == chips.end()) continue;
            if (capacity && *capacity != *known) return std::nullopt;
            capacity = known;
        }
    }
    return capacity;
}

// Of the chip that has least, where they differ; -1 where nothing is known.
double fullness(const Snapshot& tables, const PoolPeak& peak) {
    uint64_t least = UINT64_MAX;
    for (const Process& process : tables.processes) {
        for (const ChipUse& use : process.chips) {
            if (!has_chip(peak.chips, use.chip.id)) continue;
            least = std::min(least, use.pool(peak.pool).capacity_bytes.value_or(UINT64_MAX));
        }
    }
    return least == 0 || least == UINT64_MAX ? -1 : static_cast<double>(peak.low) / static_cast<double>(least);
}

void put_fullest_first(const Snapshot& tables, std::vector<PoolPeak>& pools) {
    std::vector<std::pair<double, PoolPeak>> ranked;
    for (PoolPeak& pool : pools) {
        const double full = fullness(tables, pool);
        ranked.emplace_back(full, std::move(pool));
    }
    std::ranges::stable_sort(ranked, std::greater<>(), &std::pair<double, PoolPeak>::first);
    std::ranges::transform(ranked, pools.begin(), [](auto& one) { return std::move(one.second); });
}

std::vector<WantedMoment> wanted_moments(const Replay& replay, std::vector<PoolPeak>& pools) {
    std::vector<WantedMoment> wanted;
    for (PoolPeak& peak : pools) {
        const auto chips = std::find_if(replay.chips().begin(), replay.chips().end(),
                                        [&](const EqualChips& equal) { return equal.chips == peak.chips; });
        const auto number = static_cast<uint32_t>(chips - replay.chips().begin());
        wanted.push_back({&peak.moment, number, peak.pool});
        if (peak.steady) wanted.push_back({&*peak.steady, number, peak.pool});
        wanted.push_back({&peak.end, number, peak.pool});
    }
    return wanted;
}

}  // namespace

std::string_view part_name(Part part) {
    switch (part) {
        case Part::kLeaked:
            return "leaked";
        case Part::kOutlived:
            return "outlived";
        case Part::kProgram:
            return "program";
        case Part::kTrace:
            return "trace";
        case Part::kRuntime:
            return "runtime";
        case Part::kPersistent:
            return "persistent";
        case Part::kKeptToEnd:
            return "kept_to_the_end";
        case Part::kIntermediate:
            return "intermediate";
        case Part::kUnknown:
            break;
    }
    return "unknown";
}

Sum PeakMoment::of(Part part) const {
    Sum sum;
    for (const LiveShare& share : shares) {
        if (share.part == part) sum += share.sum;
    }
    return sum;
}

// Whether iterations had ended before the recording began: then all of it is steady.
bool began_steady(const Recording& recording, uint64_t iterations_seen) {
    if ((!recording.is_part && recording.gaps.empty()) || has_inner_gaps(recording)) return false;
    uint64_t ended = 0;
    for (const Process& process : recording.end.processes) ended += process.iterations_ended;
    return ended > iterations_seen;
}

Peaks peaks_of(const Recording& recording) {
    Peaks peaks;
    peaks.coverage = coverage_of(recording);
    Replay replay(recording);
    PeakFinder finder;
    replay.run(finder);
    peaks.iterations = finder.iterations_ended();
    Coverage without_gaps = recording.end.coverage;
    for (Coverage* coverage : {&peaks.coverage, &without_gaps}) replay.note_damage(*coverage);
    const bool has_steady = peaks.iterations != 0 && !began_steady(recording, peaks.iterations);
    bool contradicted = false;
    for (size_t chips = 0; chips < replay.chips().size(); ++chips) {
        for (const Pool pool : kAllPools) {
            const PeakFinder::Cell& cell = finder.cell(chips, pool);
            PoolPeak peak;
            peak.chips = replay.chips()[chips].chips;
            peak.pool = pool;
            peak.capacity_bytes = capacity_of(recording.end, peak.chips, pool);
            const SharedUse* together = finder.together(chips, pool);
            bound_peak(replay, cell, together, peak, contradicted);
            if (peak.low == 0 && peak.high == 0 && peak.earlier == 0) continue;
            peak.moment = moment_of(cell.all);
            if (together != nullptr) peak.moment.unordered = at_peak(*together, peak);
            if (peak.is_unordered) peak.moment.unordered = Interval{peak.low, peak.high.value_or(UINT64_MAX)};
            peak.end.event = replay.event();
            peak.end.at = recording.ended_at;
            if (has_steady && cell.steady.event != cell.all.event) peak.steady = moment_of(cell.steady);
            if (together != nullptr && peak.steady) peak.steady->unordered = together->answer(PeakFinder::kSteady);
            peaks.pools.push_back(std::move(peak));
        }
    }
    peaks.bounds_hold = without_gaps.complete && !contradicted;
    if (contradicted)
        peaks.coverage.note("The history does not agree with what the processes counted: events are missing in it.");
    put_fullest_first(recording.end, peaks.pools);
    for (const PoolPeak& peak : peaks.pools) {  // bounds say it, too
        note_unordered(peak.pool, peak.moment, peaks.coverage, false);
        if (peak.steady) note_unordered(peak.pool, *peak.steady, peaks.coverage, false);
    }
    const LeakedBlocks leaked(recording);
    MomentTaker taker(wanted_moments(replay, peaks.pools), leaked);
    CoreNeedFinder cores;
    BothObservers both(taker, cores);
    replay.run(both);
    taker.finish();
    for (const PoolPeak& peak : peaks.pools) note_if_stopped(peak.moment.live, peaks.coverage);
    name_lines(recording.end, peaks.pools);
    peaks.cores = cores.take(replay);
    return peaks;
}

void note_unordered(Pool pool, const PeakMoment& moment, Coverage& coverage, bool incomplete) {
    if (moment.unordered) coverage.note(order_sentence(pool, *moment.unordered), incomplete);
}

std::optional<GroupBy> group_by_from_name(std::string_view name) {
    if (name == "owner") return GroupBy::kOwner;
    if (name == "op") return GroupBy::kOp;
    if (name == "tag") return GroupBy::kTag;
    if (name == "line") return GroupBy::kLine;
    if (name == "class") return GroupBy::kClass;
    if (name == "part") return GroupBy::kPart;
    return std::nullopt;
}

std::vector<LiveShare> grouped(const std::vector<LiveShare>& shares, GroupBy by) {
    std::map<std::tuple<uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, int, int>, LiveShare> groups;
    for (const LiveShare& share : shares) {
        LiveShare kept;
        if (by == GroupBy::kOwner) kept = share;
        if (by == GroupBy::kOp) kept.op = share.op;
        if (by == GroupBy::kTag) kept.tag = share.tag;
        if (by == GroupBy::kLine) kept.line = share.line;
        if (by == GroupBy::kClass) kept.allocation_class = share.allocation_class;
        if (by == GroupBy::kPart) kept.part = share.part;
        kept.in_iteration = share.in_iteration;
        kept.sum = {};
        kept.place = kept.stack = 0;
        kept.holder = 0;
        const bool owner = by == GroupBy::kOwner;
        LiveShare& group =
            groups
                .try_emplace({owner ? kept.process : 0, kept.op, kept.tag, kept.line, owner ? kept.thread : 0,
                              static_cast<int>(kept.allocation_class), static_cast<int>(kept.part)},
                             kept)
                .first->second;
        group.in_iteration &= share.in_iteration;
        group.sum += share.sum;
    }
    std::vector<LiveShare> sums;
    for (auto& [key, group] : groups) sums.push_back(group);
    std::stable_sort(sums.begin(), sums.end(), [](const LiveShare& a, const LiveShare& b) {
        return a.sum.reserved_bytes > b.sum.reserved_bytes;
    });
    return sums;
}

}  // namespace ttmem
