#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "src/analysis/snapshot/chip_sums.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/apps/screen/top_source.h"
#include "src/apps/sources/leak_history.h"
#include "src/base/text.h"
#include "src/machine/host_memory.h"

namespace ttmem {
namespace {

constexpr size_t kMostMoments = 900;
constexpr size_t kMostBytes = 128 << 20;              // of all moments together
constexpr size_t kMostBytesOfAllocations = 64 << 20;  // of those that are not the newest
constexpr WallTime kBetweenLooksAtEnded = 5'000'000'000;

struct LiveMoment {
    Snapshot snapshot;
    UntrackedProcesses untracked;
    std::map<LedgerId, uint64_t> host_bytes;
    std::array<std::optional<uint64_t>, kPoolCount> reserved;  // by pool, on all chips
    bool has_allocations = false;
    size_t bytes = 0, bytes_of_allocations = 0;  // about
};

size_t bytes_of_allocations(const Snapshot& s) {
    size_t bytes = s.allocations.size() * sizeof(Allocation) + s.programs.size() * sizeof(Program);
    for (const Program& program : s.programs) {
        for (const ProgramCbs& cbs : program.cbs)
            bytes += sizeof(cbs) + cbs.plan.buffers.size() * sizeof(CircularBuffer);
    }
    return bytes;
}

size_t bytes_of_rest(const Snapshot& s) {
    size_t bytes = s.chips.size() * sizeof(ChipUse) + s.places.size() * sizeof(Place);
    for (const std::string& text : s.texts) bytes += sizeof(text) + text.size();
    for (const Process& process : s.processes) bytes += sizeof(process) + process.chips.size() * sizeof(ChipUse);
    return bytes;
}

void forget_allocations(LiveMoment& moment) {
    Snapshot& s = moment.snapshot;
    s.allocations = {};
    s.programs = {};
    s.traces = {};
    s.plans = {};
    moment.has_allocations = false;
    moment.bytes -= std::exchange(moment.bytes_of_allocations, 0);
}

// What circular buffers are sums of: much, and of the newest moment at most of interest.
void forget_regions(LiveMoment& moment) {
    for (ChipUse& use : moment.snapshot.chips) use.cb.regions.reset();
    for (Process& process : moment.snapshot.processes) {
        for (ChipUse& use : process.chips) use.cb.regions.reset();
    }
}

class LiveTopSource final : public TopSource {
public:
    LiveTopSource(const System& system, const Asked& asked, std::string name)
        : system_(system), asked_(asked), name_(std::move(name)), processes_(system, asked) {}

    size_t look(const TopWants& wants) override {
        Tracked tracked = processes_.look(wants.allocations);
        LiveMoment& moment = moments_.emplace_back();
        moment.snapshot = std::move(tracked.snapshot);
        moment.untracked = std::move(tracked.untracked);
        moment.has_allocations = wants.allocations;
        look_at_hosts(moment);
        tell_overlaps(moment);
        for (const Pool pool : kChipPools) {
            if (!moment.snapshot.chips.empty())
                moment.reserved[static_cast<size_t>(pool)] = sum_over(moment.snapshot.chips, pool).reserved_bytes;
        }
        moment.bytes_of_allocations = bytes_of_allocations(moment.snapshot);
        moment.bytes = moment.bytes_of_allocations + bytes_of_rest(moment.snapshot);
        if (wants.ended) look_at_ended(wants.exact_bytes);
        return forget_some();
    }

    TopValues at(std::optional<size_t> asked, const TopWants& wants) override {
        const size_t number = std::min(asked.value_or(moments_.size() - 1), moments_.size() - 1);
        const LiveMoment& moment = moments_[number];
        const bool is_newest = number + 1 == moments_.size();
        TopValues values{moment.snapshot};
        values.untracked = moment.untracked;
        values.host_bytes = moment.host_bytes;
        values.source = name_;
        values.has_allocations = values.has_programs = moment.has_allocations;
        values.moments = moments_.size();
        values.moment = number;
        values.at = moment.snapshot.generated_at;
        if (is_newest && wants.ended && ended_) values.with_ended = &*ended_, values.leaks = &leaks_;
        make_history();
        values.history = &history_;
        if (!history_.timeline.pools.empty()) values.peak_moment = history_.timeline.pools.front().peak_slot;
        return values;
    }

private:
    // Of many processes some at each look: the kernel is asked about each of them by a file of its own.
    void look_at_hosts(LiveMoment& moment) {
        constexpr size_t kAtOnce = 50;
        const std::vector<Process>& processes = moment.snapshot.processes;
        const size_t turns = processes.size() / kAtOnce + 1, turn = looks_++ % turns;
        std::map<LedgerId, uint64_t> before = std::exchange(hosts_, {});
        for (size_t i = 0; i < processes.size(); ++i) {
            const Process& process = processes[i];
            if (!process.pid_verified || process.state != ProcessState::kLive) continue;
            const auto known = before.find(process.ledger);
            if (known != before.end() && i % turns != turn) {
                hosts_.insert(*known);
            } else if (const auto bytes = host_bytes(process.pid)) {
                hosts_[process.ledger] = *bytes;
            }
        }
        moment.host_bytes = hosts_;
    }

    // What all answers say; blocks are looked at for it now and then where nothing else wants them.
    void tell_overlaps(LiveMoment& moment) {
        constexpr WallTime kBetweenLooks = 10'000'000'000;
        const bool may_overlap = has_places_over_each_other(moment.snapshot);
        if (moment.has_allocations) {
            note_overlaps(moment.snapshot);
            remember_overlaps(moment.snapshot);
        } else if (may_overlap && (overlaps_at_ == 0 || system_.now() - overlaps_at_ > kBetweenLooks)) {
            Tracked whole = processes_.look(true);
            note_overlaps(whole.snapshot);
            remember_overlaps(whole.snapshot);
        }
        if (!moment.has_allocations && may_overlap && !overlaps_.empty())
            moment.snapshot.coverage.note(overlaps_, false);
    }
    void remember_overlaps(const Snapshot& snapshot) {
        const std::string* told = told_overlaps(snapshot.coverage);
        overlaps_ = told != nullptr ? *told : "";
        overlaps_at_ = system_.now();
    }

    void look_at_ended(bool exact_bytes) {
        const WallTime now = system_.now();
        if (ended_ && leaks_are_exact_ == exact_bytes && now - ended_->generated_at < kBetweenLooksAtEnded) return;
        Interest interest;
        interest.pid = asked_.filter.pid;
        interest.run = asked_.run;
        interest.all_incarnations = asked_.filter.all_incarnations;
        ended_ = collect(system_, interest);
        const Suppressions& known = Suppressions::by_default();
        leaks_ =
            leak_verdict(*ended_, live_history(*ended_, {}, known), {}, known, exact_bytes ? with_commas : human_bytes);
        leaks_are_exact_ = exact_bytes;
    }

    size_t forget_some() {
        size_t bytes = 0, of_allocations = 0, kept = 0;
        for (size_t i = moments_.size(); i-- > 0; ++kept) {
            LiveMoment& moment = moments_[i];
            if (kept == 1) forget_regions(moment);
            if (kept != 0) {
                of_allocations += moment.bytes_of_allocations;
                if (of_allocations > kMostBytesOfAllocations && moment.has_allocations) forget_allocations(moment);
            }
            bytes += moment.bytes;
            if (kept != 0 && (bytes > kMostBytes || kept == kMostMoments)) break;
        }
        const size_t gone = moments_.size() - kept;
        moments_.erase(moments_.begin(), moments_.begin() + static_cast<ptrdiff_t>(gone));
        return gone;
    }

    // A slot for each look. What was not known at one is a gap there.
    void make_history() {
        Timeline& timeline = history_.timeline;
        timeline = {};
        const LiveMoment& last = moments_.back();
        timeline.from = moments_.front().snapshot.generated_at;
        timeline.to = last.snapshot.generated_at;
        timeline.zero = timeline.from;
        timeline.slot_count = moments_.size();
        history_.titles.clear();
        history_.by_looks = true;
        for (const Pool pool : kChipPools) add_pool(pool, last.snapshot);
        std::ranges::stable_sort(order_, [&](size_t a, size_t b) { return share(a) > share(b); });
        std::vector<PoolTimeline> pools;
        std::vector<std::string> titles;
        for (const size_t i : order_) {
            pools.push_back(std::move(timeline.pools[i]));
            titles.push_back(std::move(history_.titles[i]));
        }
        timeline.pools = std::move(pools);
        history_.titles = std::move(titles);
        order_.clear();
        for (size_t i = 0; i < moments_.size(); ++i) {
            if (!moments_[i].snapshot.chips.empty() && !moments_[i].reserved[0])
                timeline.gaps.push_back({i, i + 1, "not known", 0});
        }
        history_.verdict = fmt::format("Looked at {} times in {}: a peak between two looks is not in the curves.",
                                       with_commas(moments_.size()), human_duration(timeline.to - timeline.from));
    }

    double share(size_t i) const {
        const PoolPeak& peak = history_.timeline.pools[i].peak;
        if (!peak.capacity_bytes || *peak.capacity_bytes == 0) return 0;
        return static_cast<double>(peak.low) / static_cast<double>(*peak.capacity_bytes);
    }

    void add_pool(Pool pool, const Snapshot& now) {
        PoolTimeline curve;
        curve.peak.pool = pool;
        curve.peak.capacity_bytes = sum_over(now.chips, pool).capacity_bytes;
        for (const ChipUse& use : now.chips) curve.peak.chips.push_back(use.chip.id);
        for (const LiveMoment& moment : moments_) {
            TimelineSlot slot;
            slot.bytes = moment.reserved[static_cast<size_t>(pool)].value_or(0);
            if (slot.bytes > curve.peak.low) {
                curve.peak.low = slot.bytes;
                curve.peak_slot = curve.slots.size();
            }
            curve.slots.push_back(slot);
        }
        curve.peak.high = curve.peak.low;
        if (curve.peak.low == 0) return;
        order_.push_back(history_.timeline.pools.size());
        history_.titles.push_back(
            fmt::format("{} of {}", pool_name(pool),
                        now.chips.size() == 1 ? "the chip" : fmt::format("all {} chips together", now.chips.size())));
        history_.timeline.pools.push_back(std::move(curve));
    }

    const System& system_;
    const Asked asked_;
    const std::string name_;
    TrackedProcesses processes_;
    std::deque<LiveMoment> moments_;
    std::map<LedgerId, uint64_t> hosts_;  // by what they were last
    size_t looks_ = 0;
    std::string overlaps_;      // the sentence of the latest look at blocks
    WallTime overlaps_at_ = 0;  // of which
    std::optional<Snapshot> ended_;
    LeakVerdict leaks_;             // of it
    bool leaks_are_exact_ = false;  // their sentences have exact bytes
    TopHistory history_;
    std::vector<size_t> order_;
};

}  // namespace

std::unique_ptr<TopSource> live_top_source(const System& system, const Asked& asked, std::string name) {
    return std::make_unique<LiveTopSource>(system, asked, std::move(name));
}

}  // namespace ttmem
