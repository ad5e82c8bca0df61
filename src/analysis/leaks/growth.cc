#include "src/analysis/leaks/growth.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/leaks/growth_rule.h"
#include "src/analysis/leaks/kept_to_end.h"
#include "src/analysis/leaks/survivors.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {
namespace {

using OwnerKey = std::tuple<uint32_t, uint32_t, uint32_t, Pool, AllocationClass>;
using CacheKey = std::tuple<uint32_t, Pool>;

class Watcher : public ReplayObserver {
public:
    Watcher(const Filter& filter, const Work& work) : filter_(filter), work_(work) {}

    void arrived(const Replay& replay, const LiveBlock& block) override {
        if (!is_within_its_iteration(block)) add(replay, block);
    }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        if (!is_within_its_iteration(block)) remove(replay, block, block.persistent != LiveBlock::kNever);
    }
    void changed(const Replay& replay, const LiveBlock& block, bool) override {
        if (is_orphan(block) && block.holder_ended == replay.event()) return adopt(replay, block);
        if (block.iteration_over == replay.event() && !is_cached(block)) return add(replay, block);
        if (block.persistent != replay.event() || block.born == replay.event()) return;  // the mark is not new
        if (!is_within_its_iteration(block)) remove(replay, block, false);
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
                if (work_.is_set_up(event.process, event.subject)) {
                    ++of.set_up;
                    return;
                }
                end_step(of);
                if (depth == 0) end_iteration(event.process);
                return;
            case EventKind::kPlaceClosed:
                end_session(of);
                of.traces.remove({UINT64_MAX, UINT64_MAX, UINT64_MAX});  // they end with their device
                return;
            case EventKind::kProgramCreated:
                of.programs.add({1, 0, 1});
                return;
            case EventKind::kProgramDestroyed:
                of.programs.remove({1, 0, 1});
                return;
            case EventKind::kTraceCaptured:
                of.traces.add({1, 0, 1});
                return;
            case EventKind::kTraceReleased:
                of.traces.remove({1, 0, 1});
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
            const uint64_t missing = missing_of(replay, number, of);
            report.processes.push_back({number, of.iterations, of.steps, warm_up_of(of.iterations), missing,
                                        (missing != 0 && !replay.recording().is_part) || replay.has_gap(number),
                                        live_of(of, of.programs), live_of(of, of.traces)});
        }
        for (const auto& [key, watched] : owners_) {
            OwnerGrowth owner;
            std::tie(owner.process, owner.op, owner.tag, owner.pool, owner.allocation_class) = key;
            judge(owner, watched);
            if (owner.grown.is_growth()) report.owners.push_back(owner);
        }
        add_totals(report);
        for (const auto& [key, watched] : caches_) {
            CacheGrowth cache;
            std::tie(cache.process, cache.pool) = key;
            cache.grown = grown(watched, cache.process);
            if (cache.grown.last.allocations != 0) report.caches.push_back(cache);
        }
        return report;
    }

private:
    // Since when something of it changed.
    enum class Since : uint8_t { kIteration, kStep, kSession };

    struct Touched : Watched {
        std::array<bool, 3> is_touched{};  // by Since
    };
    struct Of {
        uint64_t iterations = 0;
        Watched programs, traces;                      // each of one byte
        uint64_t steps = 0;                            // iterations of any depth that ended
        uint64_t set_up = 0;                           // those before them in which nothing worked
        uint64_t session_steps = 0;                    // of them, since a device was closed
        std::array<std::vector<Touched*>, 3> touched;  // by Since: an outermost iteration, one of any depth, a close
    };

    static ProcessGrowth::Live live_of(const Of& of, const Watched& watched) {
        const Grown grown = watched.grown(of.iterations, of.session_steps);
        return {grown.first.allocations, grown.last.allocations, grown.grew_in};
    }
    // Those that ended at a time of which there is no history.
    static uint64_t missing_of(const Replay& replay, uint32_t process, const Of& of) {
        const uint64_t ended = replay.recording().end.processes[process].iterations_ended;
        return ended - std::min(ended, of.steps + of.set_up);
    }
    // What grew only as a whole: each request under a tag of its own, for one.
    void add_totals(GrowthReport& report) const {
        for (const auto& [key, watched] : totals_) {
            OwnerGrowth total;
            total.several = true;
            std::tie(total.process, total.pool, total.allocation_class) = key;
            judge(total, watched);
            if (!total.grown.is_growth() || !is_told(total)) continue;
            const bool known = std::any_of(report.owners.begin(), report.owners.end(), [&](const OwnerGrowth& owner) {
                return owner.process == total.process && owner.pool == total.pool &&
                       owner.allocation_class == total.allocation_class && is_told(owner);
            });
            if (!known) report.owners.push_back(total);
        }
    }

    static bool is_told(const OwnerGrowth& owner) {
        return owner.grown.certainty != Certainty::kPossible || owner.too_few;
    }
    // What grew in some of few iterations may be a batch or a window that fills.
    void judge(OwnerGrowth& owner, const Watched& watched) const {
        owner.grown = grown(watched, owner.process);
        const auto of = processes_.find(owner.process);
        const bool is_few = of != processes_.end() && of->second.iterations <= kFewIterations;
        owner.too_few = is_few && owner.grown.certainty == Certainty::kProbable && owner.grown.until_freed == 0;
        if (owner.too_few) owner.grown.certainty = Certainty::kPossible;
    }
    Grown grown(const Watched& watched, uint32_t process) const {
        const auto found = processes_.find(process);
        return found == processes_.end() ? watched.grown(0, 0)
                                         : watched.grown(found->second.iterations, found->second.session_steps);
    }
    // A program's or trace's, while that is there.
    static bool is_cached(const LiveBlock& block) {
        return !is_orphan(block) && (block.allocation_class == AllocationClass::kProgram || block.holder != 0);
    }
    // It may still be freed in time, whatever other iterations end meanwhile.
    static bool is_within_its_iteration(const LiveBlock& block) {
        return block.iteration != 0 && block.iteration_over == LiveBlock::kNever && !is_cached(block) &&
               !is_orphan(block);
    }
    void add(const Replay& replay, const LiveBlock& block) {
        const std::optional<Sum> sum = sum_in(replay, block, filter_);
        if (!sum) return;
        for (Touched* watched : watched_of(block, block.persistent != LiveBlock::kNever)) {
            if (watched != nullptr) watched->add(*sum);
        }
    }
    void remove(const Replay& replay, const LiveBlock& block, bool persistent) {
        const std::optional<Sum> sum = sum_in(replay, block, filter_);
        if (!sum) return;
        for (Touched* watched : watched_of(block, persistent)) {
            if (watched != nullptr) watched->remove(*sum);
        }
    }
    // What outlived its program or trace is nobody's cache any more.
    static bool is_orphan(const LiveBlock& block) {
        return (block.allocation_class == AllocationClass::kProgram ||
                block.allocation_class == AllocationClass::kTrace) &&
               block.holder_ended != LiveBlock::kNever;
    }
    void adopt(const Replay& replay, const LiveBlock& block) {
        LiveBlock before = block;
        before.holder_ended = LiveBlock::kNever;
        remove(replay, before, false);
        if (!is_within_its_iteration(block)) add(replay, block);
    }
    // The owner, or the cache, and all owners together. Nothing for traces and for what may stay.
    std::array<Touched*, 2> watched_of(const LiveBlock& block, bool persistent) {
        const bool is_program = block.allocation_class == AllocationClass::kProgram;
        if (block.allocation_class == AllocationClass::kTrace && !is_orphan(block)) return {};
        if (!is_program && block.holder == 0 && persistent) return {};
        std::array<Touched*, 2> watched{};
        if (is_cached(block)) {
            watched[0] = &caches_[{block.process, block.pool}];
        } else {
            watched[0] = &owners_[{block.process, block.op, block.tag, block.pool, block.allocation_class}];
            watched[1] = &totals_[{block.process, block.pool, block.allocation_class}];
        }
        std::array<std::vector<Touched*>, 3>& touched = processes_[block.process].touched;
        for (Touched* one : watched) {
            for (size_t since = 0; one != nullptr && since < touched.size(); ++since) {
                if (!std::exchange(one->is_touched[since], true)) touched[since].push_back(one);
            }
        }
        return watched;
    }
    template <class Tell>
    static void tell_touched(Of& of, Since since, const Tell& tell) {
        const auto number = static_cast<size_t>(since);
        for (Touched* watched : of.touched[number]) {
            watched->is_touched[number] = false;
            tell(*watched);
        }
        of.touched[number].clear();
    }

    static void end_step(Of& of) {
        const uint64_t number = ++of.steps;
        ++of.session_steps;
        tell_touched(of, Since::kStep, [&](Watched& watched) { watched.end_step(number); });
    }
    static void end_session(Of& of) {
        tell_touched(of, Since::kSession, [&](Watched& watched) { watched.end_session(of.session_steps); });
        of.session_steps = 0;
    }

    // What nobody touched stands as it did.
    void end_iteration(uint32_t process) {
        Of& of = processes_[process];
        const uint64_t number = ++of.iterations;
        tell_touched(of, Since::kIteration, [&](Watched& watched) { watched.end_iteration(number); });
        of.programs.end_iteration(number);
        of.traces.end_iteration(number);
        if (number > kMostWarmUp) return;
        of.programs.keep_warm_up(number);
        of.traces.keep_warm_up(number);
        for (auto& [key, watched] : owners_) {
            if (std::get<0>(key) == process) watched.keep_warm_up(number);
        }
        for (auto& [key, watched] : caches_) {
            if (std::get<0>(key) == process) watched.keep_warm_up(number);
        }
        for (auto& [key, watched] : totals_) {
            if (std::get<0>(key) == process) watched.keep_warm_up(number);
        }
    }

    const Filter filter_;
    const Work& work_;  // has observed each event before this does
    std::map<OwnerKey, Touched> owners_;
    std::map<CacheKey, Touched> caches_;
    std::map<std::tuple<uint32_t, Pool, AllocationClass>, Touched> totals_;  // of owners
    std::map<uint32_t, Of> processes_;
    std::map<std::pair<uint32_t, uint32_t>, int> depths_;  // of iterations, by process and thread
};

// Those of one pool, class and process; of one owner, or of any.
bool is_about_the_same(const OwnerGrowth& a, const OwnerGrowth& b, bool any_owner) {
    return a.process == b.process && a.pool == b.pool && a.allocation_class == b.allocation_class &&
           (any_owner || std::tuple(a.op, a.tag, a.several) == std::tuple(b.op, b.tag, b.several));
}

// What is known to grow by what was live is not told again; what was only possible gives way. What cached programs pin
// is no growth of its own.
void add_survivors(GrowthReport& report, std::vector<OwnerGrowth> survivors) {
    for (const OwnerGrowth& pinned : report.pinned) {
        std::erase_if(report.owners, [&](const OwnerGrowth& owner) { return is_about_the_same(owner, pinned, false); });
    }
    std::ranges::stable_sort(survivors, {}, &OwnerGrowth::too_few);
    for (const OwnerGrowth& survivor : survivors) {
        const bool is_known = std::ranges::any_of(report.owners, [&](const OwnerGrowth& owner) {
            const bool any_owner = survivor.too_few && (owner.several || owner.op == survivor.op);
            return owner.grown.certainty != Certainty::kPossible && is_about_the_same(owner, survivor, any_owner);
        });
        if (is_known) continue;
        std::erase_if(report.owners,
                      [&](const OwnerGrowth& owner) { return is_about_the_same(owner, survivor, false); });
        report.owners.push_back(survivor);
    }
}

void sort(std::vector<OwnerGrowth>& owners) {
    std::stable_sort(owners.begin(), owners.end(), [](const OwnerGrowth& a, const OwnerGrowth& b) {
        const auto rank = [](const OwnerGrowth& o) {
            return std::tuple(o.grown.certainty, ~(o.grown.last.reserved_bytes - o.grown.first.reserved_bytes));
        };
        return rank(a) < rank(b);
    });
}

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

std::string name_of_kind(std::string name, bool numbered) {
    if (!numbered) return name;
    std::string kind;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (const char c : name) {
        if (!is_digit(c)) kind += c;
        if (is_digit(c) && (kind.empty() || kind.back() != 'N')) kind += 'N';
    }
    return kind;
}

GrowthReport growth_of(const Recording& recording, const Filter& filter) {
    Replay replay(recording);
    Work work(recording);
    Watcher watcher(filter, work);
    Survivors survivors(filter, work);
    KeptToEnd kept(recording, filter, work);
    BothObservers first(work, watcher), then(survivors, kept), all(first, then);
    replay.run(all);
    GrowthReport report = watcher.report(replay);
    report.pinned = survivors.pinned();
    report.repetitions = survivors.repetitions();
    kept.add_to(report.repetitions);
    add_survivors(report, survivors.grown());
    for (uint32_t p = 0; p < recording.end.processes.size(); ++p) {
        if (recording.end.processes[p].iterations_ended != 0) report.repetitions[p].has_gap = true;
    }
    for (const ProcessGrowth& of : report.processes) {
        report.repetitions[of.process].has_gap = of.has_gap || of.iterations_missing != 0;
    }
    for (const OwnerGrowth& owner : report.owners) {
        const bool is_live = owner.outlived == 0;  // then its trend tells
        if (owner.grown.certainty == Certainty::kPossible && (is_live || !owner.too_few)) continue;
        Repetition& of = report.repetitions[owner.process];
        const std::vector<std::string>& texts = recording.end.texts;
        if (owner.several) {
            of.grow_together.insert({owner.pool, owner.allocation_class});
        } else {
            of.grow.insert({texts[owner.op], texts[owner.tag], owner.pool, owner.allocation_class});
        }
    }
    sort(report.owners);
    report.coverage = coverage_of(recording);
    replay.note_damage(report.coverage);
    return report;
}

}  // namespace ttmem
