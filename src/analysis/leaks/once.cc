#include "src/analysis/leaks/once.h"

#include <algorithm>
#include <set>

#include "src/analysis/leaks/growth_rule.h"
#include "src/analysis/leaks/work.h"
#include "src/analysis/snapshot/verdicts.h"

namespace ttmem {
namespace {

constexpr uint64_t kLaterIterations = 3;
constexpr uint64_t kMostNumbers = 1 << 24;  // beyond that numbers may have begun anew

constexpr uint64_t kFewestOfAll = 3;  // iterations, if each left some
constexpr uint64_t kManyOfAll = 8;    // more than that, if later ones did not

// Than the first iteration of its process began: then one before it may have left nothing.
bool opened_later(const Snapshot& snapshot, uint32_t process, uint32_t place) {
    const WallTime first = snapshot.processes[process].first_iteration_at;
    return first != 0 && snapshot.places[place].opened_at.value_or(0) > first;
}

// What one operation left at a place, by iteration.
struct LeftInEach {
    std::vector<uint32_t> iterations;
    uint32_t until = 0;  // from the first one on: leaked for certain
};
using Leaver = std::tuple<uint32_t, uint32_t, uint32_t, Pool, AllocationClass>;  // process, place, op

bool is_left_by_its_iteration(const Snapshot& snapshot, const Allocation& a) {
    const bool is_counted = snapshot.process_of(a).iterations_ended != 0;
    return is_counted && a.iteration != 0 && a.iteration < kMostNumbers && !a.holder_ended &&
           verdict_of(snapshot, a) == Verdict::kLeaked;
}

// Iterations in which an operation compiled: process, op, number.
std::set<std::tuple<uint32_t, uint32_t, uint32_t>> compiled_in(const Snapshot& snapshot) {
    std::set<std::tuple<uint32_t, uint32_t, uint32_t>> compiled;
    for (const Program& program : snapshot.programs)
        compiled.emplace(program.process.value, program.op, program.iteration);
    return compiled;
}

}  // namespace

std::vector<bool> left_by_each(const Snapshot& snapshot) {
    std::map<Leaver, LeftInEach> left;
    std::vector<std::pair<uint32_t, const LeftInEach*>> of;  // allocation
    auto latest = left.end();
    for (uint32_t i = 0; i < snapshot.allocations.size(); ++i) {
        const Allocation& a = snapshot.allocations[i];
        if (!is_left_by_its_iteration(snapshot, a)) continue;
        const Leaver leaver(a.process.value, a.place.value, a.op, a.pool, a.allocation_class);
        if (latest == left.end() || latest->first != leaver) latest = left.try_emplace(leaver).first;
        latest->second.iterations.push_back(a.iteration);
        of.emplace_back(i, &latest->second);
    }
    const auto compiled = compiled_in(snapshot);
    for (auto& [leaver, its] : left) {
        const auto [process, place, op, pool, allocation_class] = leaver;
        const Process& owner = snapshot.processes[process];
        if (opened_later(snapshot, process, place) || only_makes_inputs(owner.iterations_by)) continue;
        std::ranges::sort(its.iterations);
        uint32_t until = 0, with_programs = 0;
        for (const uint32_t iteration : its.iterations) {
            if (iteration > until + 1) break;
            if (iteration == until + 1) with_programs += compiled.contains({process, op, iteration});
            until = iteration;
        }
        const bool is_all = until >= kFewestOfAll && until >= owner.iterations_ended;
        if ((is_all || until > kManyOfAll) && with_programs * 2 < until) its.until = until;
    }
    std::vector<bool> certain(snapshot.allocations.size());
    for (const auto& [i, its] : of) certain[i] = snapshot.allocations[i].iteration <= its->until;
    return certain;
}

Once::Once(const Snapshot& snapshot, const Selection& left, const Repetitions& repetitions)
    : snapshot_(snapshot), repetitions_(repetitions), left_by_each_(left_by_each(snapshot)) {
    for (const uint32_t i : left) {
        const Allocation& a = snapshot.allocations[i];
        if (!table(a)) {
            uint32_t& latest = latest_[key_of(a)];
            latest = std::max(latest, a.iteration == 0 ? UINT32_MAX : a.iteration);
        }
        if (a.iteration == 0) continue;
        Iterations& in = left_in_[session_of(a)];
        in.first = std::min(in.first, a.iteration), in.last = std::max(in.last, a.iteration);
    }
    find_ends();
}

// A session ends before the first iteration of the next one of its process that left something.
void Once::find_ends() {
    for (auto session = left_in_.begin(); session != left_in_.end(); ++session) {
        const auto [process, place] = session->first;
        const bool is_first = session == left_in_.begin() || std::prev(session)->first.first != process;
        Iterations& lasts = lasts_[session->first];
        lasts.first = is_first && !opened_later(snapshot_, process, place) ? 1 : session->second.first;
        lasts.last =
            static_cast<uint32_t>(std::min<uint64_t>(snapshot_.processes[process].iterations_ended, kMostNumbers));
        for (auto next = std::next(session); next != left_in_.end() && next->first.first == process; ++next) {
            if (next->second.first <= session->second.last) continue;  // both were open at the same time
            lasts.last = next->second.first - 1;
            break;
        }
    }
}

uint64_t Once::iterations_of(const Allocation& a) const {
    const auto session = lasts_.find(session_of(a));
    return session == lasts_.end() ? 0
                                   : session->second.last - std::min(session->second.first, session->second.last) + 1;
}

bool Once::may_be_bounded(uint32_t number) const {
    const Allocation& a = snapshot_.allocations[number];
    if (!is_left_by_its_iteration(snapshot_, a) || left_by_each_[number]) return false;
    const Repetition* history = history_of(a);
    const bool is_whole = history != nullptr && !history->has_gap;
    // At level `counts` no view has one: then the definition stands.
    if (!is_whole && snapshot_.process_of(a).level != "counts") return true;
    return history != nullptr && history->maybe_bounded.contains(a.handle) && !does_grow(a);
}

bool Once::has_gap(const Allocation& a) const {
    const Repetition* history = history_of(a);
    return history != nullptr && history->has_gap;
}

Repeats Once::operator()(const Allocation& allocation) const {
    const std::optional<bool> table_is_settled = table(allocation);
    if (table_is_settled && *table_is_settled) return Repeats::kNo;
    if (table_is_settled && iterations_of(allocation) <= kFewIterations) return Repeats::kTooFew;
    if (does_grow(allocation)) return Repeats::kYes;
    if (table_is_settled) return Repeats::kTooFew;
    const Repeats by_time = of_the_first(allocation);
    return by_time == Repeats::kYes && has_gap(allocation) ? Repeats::kTooFew : by_time;
}

const Repetition* Once::history_of(const Allocation& a) const {
    const auto history = repetitions_.find(snapshot_.process_of(a).ledger);
    return history == repetitions_.end() ? nullptr : &history->second;
}

bool Once::does_grow(const Allocation& a) const {
    const Repetition* history = history_of(a);
    return history != nullptr &&
           history->does_grow({snapshot_.texts[a.op], snapshot_.texts[a.tag], a.pool, a.allocation_class});
}

// As far as history tells: iterations that could have left it again.
bool Once::has_later_ones(const Allocation& a) const {
    const Repetition* history = history_of(a);
    const auto latest = latest_.find(key_of(a));
    return history == nullptr || history->later_ones.empty() || latest == latest_.end() ||
           history->later_than(latest->second) >= kLaterIterations;
}

std::optional<bool> Once::table(const Allocation& a) const {
    const Repetition* history = history_of(a);
    return history != nullptr ? history->table(a.handle) : std::nullopt;
}

Repeats Once::of_the_first(const Allocation& allocation) const {
    const auto found = latest_.find(key_of(allocation));
    const auto session = lasts_.find(session_of(allocation));
    if (found == latest_.end() || session == lasts_.end()) return Repeats::kYes;
    const auto [first, last] = session->second;
    if (snapshot_.process_of(allocation).iterations_begun >= kMostNumbers || found->second > last) return Repeats::kYes;
    const uint64_t iterations = last - first + 1, number = found->second - first + 1;
    const uint64_t first_ones = history_of(allocation) == nullptr ? iterations / 3 : 0;
    if (number > std::max(warm_up_of(iterations), first_ones)) return Repeats::kYes;
    if (number + kLaterIterations > iterations) return Repeats::kTooFew;
    return has_later_ones(allocation) ? Repeats::kNo : Repeats::kYes;
}

}  // namespace ttmem
