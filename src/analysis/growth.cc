#include "src/analysis/growth.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "src/analysis/replay.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

constexpr size_t kMostWarmUp = 3;
constexpr uint64_t kLeastOfStretch = 5;  // iterations in which it grew

// So many of the first iterations fill caches.
uint64_t warm_up_of(uint64_t iterations) {
    if (iterations < 5) return std::min<uint64_t>(iterations, 1);
    return iterations < 10 ? 2 : kMostWarmUp;
}

// The iterations of any depth in which the number of something grew and never shrank: from when to now.
struct GrowthStretch {
    uint64_t began = 0;  // after this iteration; 0 not yet
    uint64_t grew_in = 0;
    Sum first;
};

// Something that is looked at whenever an iteration ends.
struct Watched {
    Sum live;
    Sum at_end;                                  // of the iteration before
    std::array<Sum, kMostWarmUp + 1> at_ends{};  // of iteration 1, 2, 3
    std::array<bool, kMostWarmUp + 1> grew{}, shrank{};
    uint64_t grew_in = 0, shrank_in = 0;
    Sum at_step;            // when an iteration of any depth ended
    GrowthStretch stretch;  // that goes on
    Grown freed;            // the longest one that most of was freed after; until_freed 0: none

    // An iteration of any depth has ended: the `number`th.
    void end_step(uint64_t number) {
        if (stretch.began == 0) stretch.began = std::max<uint64_t>(number - 1, 1);
        if (number <= kMostWarmUp) {
            stretch = {number, 0, live};
        } else if (live.allocations > at_step.allocations) {
            ++stretch.grew_in;
        } else if (live.allocations < at_step.allocations) {
            end_stretch(number);
        }
        at_step = live;
    }
    void end_stretch(uint64_t number) {
        const uint64_t iterations = number - 1 - stretch.began;
        const uint64_t more = at_step.allocations - std::min(at_step.allocations, stretch.first.allocations);
        const bool mostly_freed = live.allocations <= stretch.first.allocations + more / 2;
        if (stretch.grew_in >= kLeastOfStretch && stretch.grew_in * 2 >= iterations && mostly_freed &&
            stretch.grew_in > freed.grew_in) {
            freed = {stretch.first, at_step, stretch.grew_in, 0, Certainty::kProbable, iterations};
        }
        stretch = {number, 0, live};
    }
    void add(const Sum& sum) { live += sum; }
    void remove(const Sum& sum) {
        live.allocations -= std::min(live.allocations, sum.allocations);
        live.requested_bytes -= std::min(live.requested_bytes, sum.requested_bytes);
        live.reserved_bytes -= std::min(live.reserved_bytes, sum.reserved_bytes);
    }
    void end_iteration(uint64_t number) {
        const auto measure = [](const Sum& sum) { return std::tie(sum.reserved_bytes, sum.allocations); };
        const bool more = measure(live) > measure(at_end), less = measure(live) < measure(at_end);
        grew_in += more;
        shrank_in += less;
        if (number <= kMostWarmUp) grew[number] = more, shrank[number] = less;
        at_end = live;
    }
    Grown grown(uint64_t iterations) const {
        const uint64_t warm_up = warm_up_of(iterations);
        Grown grown{at_ends[warm_up], at_end, grew_in, shrank_in, Certainty::kPossible};
        for (uint64_t i = 1; i <= warm_up; ++i) grown.grew_in -= grew[i], grown.shrank_in -= shrank[i];
        const uint64_t counted = iterations - warm_up;
        if (counted >= 3 && grown.grew_in == counted) {
            grown.certainty = Certainty::kCertain;
        } else if (counted >= 3 && grown.grew_in * 2 > counted && grown.shrank_in == 0) {
            grown.certainty = Certainty::kProbable;
        }
        return grown.certainty == Certainty::kPossible && freed.until_freed != 0 ? freed : grown;
    }
};

using OwnerKey = std::tuple<uint32_t, uint32_t, uint32_t, Pool, AllocationClass>;
using CacheKey = std::tuple<uint32_t, Pool>;

class Watcher : public ReplayObserver {
public:
    void arrived(const Replay& replay, const LiveBlock& block) override {
        for (Watched* watched : watched_of(block, block.persistent != LiveBlock::kNever)) {
            if (watched != nullptr) watched->add(sum_of(replay, block));
        }
    }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        for (Watched* watched : watched_of(block, block.persistent != LiveBlock::kNever)) {
            if (watched != nullptr) watched->remove(sum_of(replay, block));
        }
    }
    void changed(const Replay& replay, const LiveBlock& block, bool) override {
        if (is_orphan(block) && block.holder_ended == replay.event()) return adopt(replay, block);
        if (block.persistent != replay.event() || block.born == replay.event()) return;  // the mark is not new
        for (Watched* watched : watched_of(block, false)) {
            if (watched != nullptr) watched->remove(sum_of(replay, block));
        }
    }
    void applied(const Replay&, const Event& event) override {
        Of& of = processes_[event.process];
        int& depth = depths_[{event.process, event.thread}];
        switch (event.kind) {
            case EventKind::kIterationBegun:
                ++depth;
                return;
            case EventKind::kIterationEnded:
                if (depth > 0) --depth;
                end_step(of);
                if (depth == 0) end_iteration(event.process);
                return;
            case EventKind::kProgramCreated:
                of.programs.add({1, 0, 1});
                return;
            case EventKind::kProgramDestroyed:
                of.programs.remove({1, 0, 1});
                return;
            default:
                return;
        }
    }

    void lost(const Replay&, uint32_t process) override {
        std::erase_if(depths_, [&](const auto& entry) { return entry.first.first == process; });
    }

    GrowthReport report(const Replay& replay) const {
        GrowthReport report;
        for (const auto& [number, of] : processes_) {
            if (of.steps == 0) continue;
            const Grown programs = of.programs.grown(of.iterations);
            const uint64_t missing = missing_of(replay, number, of);
            report.processes.push_back({number, of.iterations, warm_up_of(of.iterations), missing,
                                        (missing != 0 && !replay.recording().is_part) || replay.has_gap(number),
                                        programs.first.allocations, programs.last.allocations, programs.grew_in});
        }
        for (const auto& [key, watched] : owners_) {
            OwnerGrowth owner;
            std::tie(owner.process, owner.op, owner.tag, owner.pool, owner.allocation_class) = key;
            owner.grown = watched.grown(iterations_of(owner.process));
            if (owner.grown.is_growth()) report.owners.push_back(owner);
        }
        add_totals(report);
        std::stable_sort(report.owners.begin(), report.owners.end(), [](const OwnerGrowth& a, const OwnerGrowth& b) {
            const auto rank = [](const OwnerGrowth& o) {
                return std::tuple(o.grown.certainty, ~(o.grown.last.reserved_bytes - o.grown.first.reserved_bytes));
            };
            return rank(a) < rank(b);
        });
        for (const auto& [key, watched] : caches_) {
            CacheGrowth cache;
            std::tie(cache.process, cache.pool) = key;
            cache.grown = watched.grown(iterations_of(cache.process));
            if (cache.grown.last.allocations != 0) report.caches.push_back(cache);
        }
        return report;
    }

private:
    struct Of {
        uint64_t iterations = 0;
        Watched programs;                       // each of one byte
        std::vector<Watched*> touched;          // since the last outermost iteration ended
        uint64_t steps = 0;                     // iterations of any depth that ended
        std::vector<Watched*> touched_in_step;  // since the last of them ended
    };

    // Those that ended at a time of which there is no history.
    static uint64_t missing_of(const Replay& replay, uint32_t process, const Of& of) {
        const uint64_t ended = replay.recording().end.processes[process].iterations_ended;
        return ended - std::min(ended, of.steps);
    }
    // What grew only as a whole: each request under a tag of its own, for one.
    void add_totals(GrowthReport& report) const {
        for (const auto& [key, watched] : totals_) {
            OwnerGrowth total;
            total.several = true;
            std::tie(total.process, total.pool, total.allocation_class) = key;
            total.grown = watched.grown(iterations_of(total.process));
            if (!total.grown.is_growth() || total.grown.certainty == Certainty::kPossible) continue;
            const bool known = std::any_of(report.owners.begin(), report.owners.end(), [&](const OwnerGrowth& owner) {
                return owner.process == total.process && owner.pool == total.pool &&
                       owner.allocation_class == total.allocation_class &&
                       owner.grown.certainty != Certainty::kPossible;
            });
            if (!known) report.owners.push_back(total);
        }
    }

    static Sum sum_of(const Replay& replay, const LiveBlock& block) {
        const uint64_t chips = replay.recording().end.places[block.place].chips.size();
        return {1, saturating_multiply(block.requested_bytes, chips),
                saturating_multiply(block.reserved_bytes(), chips)};
    }
    uint64_t iterations_of(uint32_t process) const {
        const auto found = processes_.find(process);
        return found != processes_.end() ? found->second.iterations : 0;
    }
    // A binary whose program is gone is nobody's cache any more.
    static bool is_orphan(const LiveBlock& block) {
        return block.allocation_class == AllocationClass::kProgram && block.holder_ended != LiveBlock::kNever;
    }
    void adopt(const Replay& replay, const LiveBlock& block) {
        LiveBlock before = block;
        before.holder_ended = LiveBlock::kNever;
        for (Watched* watched : watched_of(before, false)) {
            if (watched != nullptr) watched->remove(sum_of(replay, block));
        }
        for (Watched* watched : watched_of(block, false)) watched->add(sum_of(replay, block));
    }
    // The owner, or the cache, and all owners together. Nothing for traces and for what may stay.
    std::array<Watched*, 2> watched_of(const LiveBlock& block, bool persistent) {
        const bool is_program = block.allocation_class == AllocationClass::kProgram;
        const bool is_cached = !is_orphan(block) && (is_program || block.holder != 0);
        if (block.allocation_class == AllocationClass::kTrace) return {};
        if (!is_program && block.holder == 0 && persistent) return {};
        std::array<Watched*, 2> watched{};
        if (is_cached) {
            watched[0] = &caches_[{block.process, block.pool}];
        } else {
            watched[0] = &owners_[{block.process, block.op, block.tag, block.pool, block.allocation_class}];
            watched[1] = &totals_[{block.process, block.pool, block.allocation_class}];
        }
        Of& of = processes_[block.process];
        for (Watched* one : watched) {
            if (one != nullptr) touch(of.touched, one), touch(of.touched_in_step, one);
        }
        return watched;
    }
    void touch(std::vector<Watched*>& touched, Watched* watched) const {
        const size_t size = touched.size();
        if (size >= 2 && (touched[size - 1] == watched || touched[size - 2] == watched)) return;
        touched.push_back(watched);
        if (size > 2 * (owners_.size() + caches_.size() + totals_.size()) + 1000) forget_repeated(touched);
    }
    static void forget_repeated(std::vector<Watched*>& touched) {
        std::sort(touched.begin(), touched.end());
        touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    }

    static void end_step(Of& of) {
        const uint64_t number = ++of.steps;
        forget_repeated(of.touched_in_step);
        for (Watched* watched : of.touched_in_step) watched->end_step(number);
        of.touched_in_step.clear();
    }

    // What nobody touched stands as it did.
    void end_iteration(uint32_t process) {
        Of& of = processes_[process];
        const uint64_t number = ++of.iterations;
        forget_repeated(of.touched);
        for (Watched* watched : of.touched) watched->end_iteration(number);
        of.touched.clear();
        of.programs.end_iteration(number);
        if (number > kMostWarmUp) return;
        of.programs.at_ends[number] = of.programs.at_end;
        for (auto& [key, watched] : owners_) {
            if (std::get<0>(key) == process) watched.at_ends[number] = watched.at_end;
        }
        for (auto& [key, watched] : caches_) {
            if (std::get<0>(key) == process) watched.at_ends[number] = watched.at_end;
        }
        for (auto& [key, watched] : totals_) {
            if (std::get<0>(key) == process) watched.at_ends[number] = watched.at_end;
        }
    }

    std::map<OwnerKey, Watched> owners_;
    std::map<CacheKey, Watched> caches_;
    std::map<std::tuple<uint32_t, Pool, AllocationClass>, Watched> totals_;  // of owners
    std::map<uint32_t, Of> processes_;
    std::map<std::pair<uint32_t, uint32_t>, int> depths_;  // of iterations, by process and thread
};

}  // namespace

std::string_view certainty_name(Certainty certainty) {
    switch (certainty) {
        case Certainty::kCertain:
            return "certain";
        case Certainty::kProbable:
            return "probable";
        case Certainty::kPossible:
            break;
    }
    return "possible";
}

Sum Grown::growth() const {
    const auto more = [](uint64_t to, uint64_t from) { return to - std::min(to, from); };
    return {more(last.allocations, first.allocations), more(last.requested_bytes, first.requested_bytes),
            more(last.reserved_bytes, first.reserved_bytes)};
}

GrowthReport growth_of(const Recording& recording) {
    Replay replay(recording);
    Watcher watcher;
    replay.run(watcher);
    GrowthReport report = watcher.report(replay);
    report.coverage = coverage_of(recording);
    replay.note_damage(report.coverage);
    return report;
}

}  // namespace ttmem
