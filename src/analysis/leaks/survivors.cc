#include "src/analysis/leaks/survivors.h"

#include <algorithm>
#include <iterator>

#include "src/analysis/leaks/growth_rule.h"

namespace ttmem {
namespace {

constexpr uint64_t kOldAfter = 3;         // more iterations of the same kind
constexpr uint64_t kLeastNowAndThen = 5;  // iterations, where most left nothing
constexpr uint64_t kLeastTurns = 3;       // iterations that all ended
constexpr uint32_t kAnyThread = UINT32_MAX;

// Whether `owner` is this one, under whatever tag where it names none.
template <class Owner>
bool is_of(const Owner& one, Owner owner) {
    if (std::get<1>(owner) == 0) std::get<1>(owner) = std::get<1>(one);
    return one == owner;
}

std::set<uint64_t> at_or_none(const std::map<uint32_t, std::set<uint64_t>>& handles, uint32_t process) {
    const auto found = handles.find(process);
    return found == handles.end() ? std::set<uint64_t>() : found->second;
}

void subtract(Sum& from, const Sum& sum) {
    from.allocations -= sum.allocations;
    from.requested_bytes -= sum.requested_bytes;
    from.reserved_bytes -= sum.reserved_bytes;
}

}  // namespace

// Names that differ in their numbers alone are of one kind: "step 0", "step 1".
uint32_t Survivors::name_of_kind(const std::vector<std::string>& texts, uint32_t name) {
    const auto [known, fresh] = names_.try_emplace(name, name);
    if (!fresh || name >= texts.size()) return known->second;
    std::string stem;
    std::ranges::copy_if(texts[name], std::back_inserter(stem), [](char c) { return c < '0' || c > '9'; });
    const auto [kind, is_first] = stems_.try_emplace(std::move(stem), name);
    if (!is_first) numbered_names_.insert(kind->second);
    return known->second = kind->second;
}

void Survivors::applied(const Replay& replay, const Event& event) {
    compiles_.applied(event);
    const std::pair key(event.process, event.subject);
    if (event.kind == EventKind::kIterationBegun) {
        const uint32_t name = name_of_kind(replay.recording().end.texts, event.name);
        const Series series(event.process, event.thread, name);
        Kind& kind = kinds_[series];
        kind.series = series;
        open_[key] = {.kind = &kind};
        number(event, kind);
    } else if (event.kind == EventKind::kIterationEnded) {
        auto found = open_.extract(key);
        if (found.empty()) return;
        if (!work_.is_set_up(event.process, event.subject)) return end(event.process, std::move(found.mapped()));
        for (const uint64_t handle : found.mapped().iteration.made) made_.erase({event.process, handle});
    }
}

void Survivors::number(const Event& begun, Kind& kind) {
    constexpr uint64_t kMost = 1 << 24;  // beyond that numbers begin anew
    if (begun.subject >= kMost) return;
    std::vector<Numbered>& numbered = numbered_[begun.process];
    if (numbered.size() <= begun.subject) numbered.resize(begun.subject + 1);
    numbered[begun.subject] = {&kind, ++kind.begun};
}

void Survivors::arrived(const Replay& replay, const LiveBlock& block) {
    if (block.iteration == 0 || may_stay(block)) return;
    const auto found = open_.find({block.process, block.iteration});
    if (found == open_.end()) return;
    const std::optional<Sum> sum = sum_in(replay, block, filter_);
    if (!sum) return;
    Open& open = found->second;
    const Owner owner(block.op, block.tag, block.pool, block.allocation_class);
    made_[{block.process, block.handle}] = {
        .kind = open.kind, .iteration = block.iteration, .owner = owner, .sum = *sum, .place = block.place};
    open.iteration.number = block.iteration;
    open.iteration.made.push_back(block.handle);
    if (open.iteration.made.size() >= open.prune_at) prune(block.process, open);
}

void Survivors::prune(uint32_t process, Open& open) const {
    std::erase_if(open.iteration.made, [&](uint64_t handle) { return !made_.contains({process, handle}); });
    open.prune_at = 2 * std::max(open.iteration.made.size(), open.prune_at / 2);
}

void Survivors::left(const Replay& replay, const LiveBlock& block, Departure departure) {
    const Block key(block.process, block.handle);
    const auto found = made_.find(key);
    if (found == made_.end()) return;
    const Made& made = found->second;
    for (const Turn& turn : made.turns) {
        if (departure == Departure::kFreed && turn.of != nullptr)
            turn.of->trend.freed(turn.of->kind->ended + 1, turn.number);
    }
    if (departure == Departure::kFreed && made.has_ended() && !is_open(block.process, *made.kind))
        made.turns[1].of->is_shared = true;
    if (departure == Departure::kClosed || departure == Departure::kProcessEnded) outlast(key, replay.event());
    forget(key);
}

void Survivors::ended(const Replay& replay) {
    for (const auto& [block, made] : made_) outlast(block, replay.event() + 1);
}

// What may stay after all has not been left behind.
void Survivors::changed(const Replay&, const LiveBlock& block, bool) {
    if (!may_stay(block)) return;
    const auto made = made_.find({block.process, block.handle});
    if (made == made_.end()) return;
    for (const Turn& turn : made->second.turns) {
        if (turn.of != nullptr) turn.of->trend.forget();
    }
    forget({block.process, block.handle});
}

void Survivors::forget(const Block& block) {
    const auto found = made_.find(block);
    if (found == made_.end()) return;
    const Made& made = found->second;
    if (made.is_old) subtract(made.kind->owners[made.owner].live, made.sum);
    for (const Turn& turn : made.turns) {
        if (turn.of != nullptr) subtract(turn.of->live, made.sum);
    }
    made_.erase(found);
}

// Iterations of any name and thread: more than one name may take its turn in what grows.
Survivors::Kind& Survivors::all_of(uint32_t process) {
    const Series series(process, kAnyThread, 0);
    Kind& all = kinds_[series];
    all.series = series;
    return all;
}

void Survivors::end(uint32_t process, Open ended) {
    Kind& kind = *ended.kind;
    ++kind.ended, ++all_of(process).ended;
    prune(process, ended);
    follow(process, kind, ended.iteration);
    kind.recent.push_back(std::move(ended.iteration));
    if (kind.recent.size() <= kOldAfter) return;
    grow_old(process, kind, kind.recent.front());
    kind.recent.pop_front();
}

Survivors::Source Survivors::source_of(const Kind& kind, const Made& made) {
    Owner owner = made.owner;
    if (std::get<1>(kind.series) == kAnyThread) std::get<1>(owner) = 0;
    return {kind.series, made.place, owner};
}

// What an iteration made and lives when it ends.
void Survivors::follow(uint32_t process, const Kind& kind, const Iteration& iteration) {
    const std::array<const Kind*, 2> kinds{&kind, &all_of(process)};
    for (const uint64_t handle : iteration.made) {
        const auto found = made_.find({process, handle});
        if (found == made_.end() || found->second.iteration != iteration.number) continue;
        Made& made = found->second;
        for (size_t i = 0; i < kinds.size(); ++i) {
            Trending& of = trends_[source_of(*kinds[i], made)];
            of.kind = kinds[i];
            made.turns[i] = {&of, kinds[i]->ended};
            of.trend.made(kinds[i]->ended, 1);
            of.live += made.sum;
            if (of.live.allocations > of.most.allocations) of.most = of.live;
        }
    }
}

// A block that lives when its place is closed, its process ends, or nothing more is recorded.
void Survivors::outlast(const Block& block, uint64_t event) {
    const auto found = made_.find(block);
    if (found == made_.end() || !found->second.has_ended()) return;
    const Made& made = found->second;
    look_at_open(event);
    const Trending& of_all = *made.turns[1].of;
    const bool is_told = turns_of(*made.turns[0].of, made) >= kLeastTurns;
    made.turns[0].of->outlasted = true;
    Fate fate = is_told ? fate_in(made.turns[0], made) : fate_in(made.turns[1], made);
    // Iterations of other names may replace it.
    if (is_told && fate == Fate::kLeaked && of_all.is_shared && of_all.kind->ended != made.kind->ended)
        fate = fate_in(made.turns[1], made);
    if (fate == Fate::kLeaked) return;
    (fate == Fate::kBounded ? bounded_ : unknown_)[block.first].insert(block.second);
}

Survivors::Fate Survivors::fate_in(const Turn& turn, const Made& made) const {
    turn.of->outlasted = true;
    const Trend trend = turn.of->trend.as_of(turn.of->kind->ended);
    const Trend::State state = trend.after(turns_of(*turn.of, made));
    const bool is_newest = trend.is_replaced(turn.number);
    if (state == Trend::State::kGrows || (state == Trend::State::kGrewBeside && !is_newest)) return Fate::kLeaked;
    return state == Trend::State::kBounded && is_newest ? Fate::kBounded : Fate::kUnknown;
}

bool Survivors::is_open(uint32_t process, const Kind& kind) const {
    for (auto at = open_.lower_bound({process, 0}); at != open_.end() && at->first.first == process; ++at) {
        if (at->second.kind == &kind) return true;
    }
    return false;
}

// Which iterations are open, and what these keep.
void Survivors::look_at_open(uint64_t event) {
    if (std::exchange(outlasted_in_, event) == event) return;
    kept_by_open_.clear(), open_kinds_.clear();
    for (const auto& [key, open] : open_) {
        const Kind& all = all_of(key.first);
        open_kinds_.insert({open.kind, &all});
        for (const uint64_t handle : open.iteration.made) {
            const auto found = made_.find({key.first, handle});
            if (found == made_.end() || found->second.has_ended()) continue;
            for (const Kind* kind : {static_cast<const Kind*>(open.kind), &all})
                kept_by_open_.insert(source_of(*kind, found->second));
        }
    }
}

// Iterations that could have made more: those that ended, and one that is open and keeps none of it.
uint64_t Survivors::turns_of(const Trending& of, const Made& made) const {
    return of.kind->ended + (open_kinds_.contains(of.kind) && !kept_by_open_.contains(source_of(*of.kind, made)));
}

void Survivors::grow_old(uint32_t process, Kind& kind, const Iteration& iteration) {
    const uint64_t number = kind.ended - kOldAfter;
    for (const uint64_t handle : iteration.made) {
        const auto found = made_.find({process, handle});
        if (found == made_.end() || found->second.iteration != iteration.number) continue;
        Made& made = found->second;
        made.is_old = true;
        Kept& kept = kind.owners[made.owner];
        add_to(kept, made.sum, number);
        const Compiles::Table table = compiles_.is_table(process, handle);
        kept.otherwise |= table == Compiles::Table::kNo;
        if (table == Compiles::Table::kUnknown) kept.unknown.push_back(handle);
    }
}

void Survivors::add_to(Kept& kept, const Sum& sum, uint64_t number) {
    kept.live += sum, kept.all += sum;
    if (kept.live.allocations > kept.most.allocations) kept.most = kept.live;
    if (kept.last == number) return;
    if (number <= kMostWarmUp) kept.early[number] = 1;
    kept.pause = std::max(kept.pause, number - kept.last - 1);
    kept.last = number;
    ++kept.iterations;
}

uint64_t Survivors::old_of(const Kind& kind) { return kind.ended - std::min(kind.ended, kOldAfter); }

Certainty Survivors::certainty_of(const Kind& kind, const Kept& kept) {
    const uint64_t old = old_of(kind), warm_up = std::min(warm_up_of(kind.ended), old), counted = old - warm_up;
    uint64_t left = kept.iterations;
    for (uint64_t i = 1; i <= warm_up; ++i) left -= kept.early[i];
    const uint64_t most = kept.most.allocations, all = kept.all.allocations;
    if (counted < 3 || all == 0) return Certainty::kPossible;
    if (left == counted && most == all) return Certainty::kCertain;
    if (left * 2 > counted && most * 2 > all) return Certainty::kProbable;
    const bool is_steady = left >= kLeastNowAndThen && std::max(kept.pause, old - kept.last) * 3 <= counted;
    return is_steady && most * 4 >= all * 3 ? Certainty::kProbable : Certainty::kPossible;
}

// In no iteration of any kind has it left anything but with programs that it compiled.
bool Survivors::is_pinned(uint32_t process, const Owner& owner) const {
    bool left = false;
    const auto [op, tag, pool, allocation_class] = owner;
    for (auto at = kinds_.lower_bound({process, 0, 0}); at != kinds_.end() && std::get<0>(at->first) == process; ++at) {
        const std::map<Owner, Kept>& owners = at->second.owners;
        const auto end =
            owners.lower_bound({tag == 0 ? op + 1 : op, tag == 0 ? 0 : tag + 1, Pool{}, AllocationClass{}});
        for (auto its = owners.lower_bound({op, tag, Pool{}, AllocationClass{}}); its != end; ++its) {
            const Kept& kept = its->second;
            if (!is_of(its->first, owner) || kept.all.allocations == 0) continue;
            const bool all_known = std::ranges::all_of(kept.unknown, [&](uint64_t handle) {
                return compiles_.is_table(process, handle) == Compiles::Table::kYes;
            });
            if (kept.otherwise || !all_known) return false;
            left = true;
        }
    }
    return left;
}

std::vector<OwnerGrowth> Survivors::grown() const {
    std::map<std::pair<uint32_t, Owner>, OwnerGrowth> best;
    for (const auto& [series, kind] : kinds_) {
        const uint32_t process = std::get<0>(series);
        for (const auto& [owner, kept] : kind.owners) {
            if (is_pinned(process, owner)) continue;
            OwnerGrowth growth;
            growth.process = process, growth.iterations_called = std::get<2>(series);
            growth.iterations_numbered = numbered_names_.contains(growth.iterations_called);
            std::tie(growth.op, growth.tag, growth.pool, growth.allocation_class) = owner;
            growth.grown = {{}, kept.most, kept.iterations, 0, certainty_of(kind, kept)};
            growth.outlived = old_of(kind);
            if (growth.grown.certainty == Certainty::kPossible) continue;
            const auto [at, is_new] = best.try_emplace({growth.process, owner}, growth);
            if (!is_new && growth.grown.certainty < at->second.grown.certainty) at->second = growth;
        }
    }
    std::vector<OwnerGrowth> grown;
    for (auto& [key, growth] : best) grown.push_back(growth);
    add_trends(grown);
    return grown;
}

// What grew, and was freed later: in iterations of one kind, else in all of them, which come after these.
void Survivors::add_trends(std::vector<OwnerGrowth>& grown) const {
    std::set<std::tuple<uint32_t, uint32_t, Owner>> told;  // by a kind: process, place, owner under whatever tag
    for (const auto& [source, of] : trends_) {
        const auto& [series, place, owner] = source;
        const uint32_t process = std::get<0>(series);
        const uint64_t ended = of.kind->ended;
        const Trend trend = of.trend.as_of(ended);
        if (!trend.may_grow(ended)) continue;
        Owner any_tag = owner;
        std::get<1>(any_tag) = 0;
        const bool is_new = told.emplace(process, place, any_tag).second;
        if (!is_new && std::get<1>(series) == kAnyThread) continue;
        if (of.outlasted || is_pinned(process, owner) || is_replaced_by_others(source)) continue;
        OwnerGrowth growth;
        growth.process = process;
        std::tie(growth.op, growth.tag, growth.pool, growth.allocation_class) = owner;
        growth.grown = {{}, of.most, trend.rises(), 0, Certainty::kPossible};
        growth.outlived = ended, growth.iterations_called = std::get<2>(series);
        growth.iterations_numbered = numbered_names_.contains(growth.iterations_called);
        growth.too_few = true;
        grown.push_back(growth);
    }
}

// What iterations of several names share, and that does not grow over all of them.
bool Survivors::is_replaced_by_others(const Source& source) const {
    auto [series, place, owner] = source;
    const uint64_t of_its_name = kinds_.at(series).ended;
    std::get<1>(series) = kAnyThread, std::get<2>(series) = 0, std::get<1>(owner) = 0;
    const auto all = trends_.find({series, place, owner});
    if (all == trends_.end() || !all->second.is_shared) return false;
    const uint64_t ended = all->second.kind->ended;
    return ended != of_its_name && !all->second.trend.may_grow(ended);
}

std::vector<OwnerGrowth> Survivors::pinned() const {
    std::map<std::pair<uint32_t, Owner>, OwnerGrowth> pinned;
    for (const auto& [series, kind] : kinds_) {
        for (const auto& [owner, kept] : kind.owners) {
            const uint32_t process = std::get<0>(series);
            if (!is_pinned(process, owner)) continue;
            OwnerGrowth& of = pinned[{process, owner}];
            of.process = process;
            std::tie(of.op, of.tag, of.pool, of.allocation_class) = owner;
            of.grown.last += kept.most;
            of.grown.grew_in += kept.iterations;
        }
    }
    std::vector<OwnerGrowth> owners;
    for (const auto& [key, of] : pinned) owners.push_back(of);
    return owners;
}

std::map<uint32_t, Repetition> Survivors::repetitions() const {
    std::map<uint32_t, Repetition> repetitions;
    for (const auto& [series, kind] : kinds_) {
        const uint32_t process = std::get<0>(series);
        const auto [at, is_new] = repetitions.try_emplace(process);
        Repetition& of = at->second;
        if (is_new)
            of.tables = compiles_.tables_of(process), of.bounded = at_or_none(bounded_, process),
            of.maybe_bounded = at_or_none(unknown_, process);
        if (const auto numbered = numbered_.find(process); is_new && numbered != numbered_.end()) {
            for (const Numbered& one : numbered->second)
                of.later_ones.push_back(one.kind == nullptr ? 0 : one.kind->begun - one.position);
        }
    }
    return repetitions;
}

}  // namespace ttmem
