#include "src/analysis/survivors.h"

#include <algorithm>

#include "src/analysis/growth_rule.h"

namespace ttmem {
namespace {

constexpr uint64_t kOldAfter = 3;         // more iterations of the same kind
constexpr uint64_t kLeastNowAndThen = 5;  // iterations, where most left nothing

constexpr uint32_t kTogether = UINT32_MAX;  // op and tag of all owners of a pool and a class

template <class Owner>
Owner together_with(Owner owner) {
    std::get<0>(owner) = std::get<1>(owner) = kTogether;
    return owner;
}

// Owned by a program or trace, or it may stay.
bool may_stay(const LiveBlock& block) {
    return block.holder != 0 || block.persistent != LiveBlock::kNever ||
           block.allocation_class == AllocationClass::kProgram || block.allocation_class == AllocationClass::kTrace;
}

void subtract(Sum& from, const Sum& sum) {
    from.allocations -= sum.allocations;
    from.requested_bytes -= sum.requested_bytes;
    from.reserved_bytes -= sum.reserved_bytes;
}

}  // namespace

void Survivors::applied(const Replay&, const Event& event) {
    const std::pair key(event.process, event.subject);
    if (event.kind == EventKind::kIterationBegun) {
        Kind& kind = kinds_[{event.process, event.thread, event.name}];
        open_[key] = {.kind = &kind};
    } else if (event.kind == EventKind::kIterationEnded) {
        auto found = open_.extract(key);
        if (!found.empty()) end(event.process, std::move(found.mapped()));
    }
}

void Survivors::arrived(const Replay& replay, const LiveBlock& block) {
    if (block.iteration == 0 || may_stay(block)) return;
    const auto found = open_.find({block.process, block.iteration});
    if (found == open_.end()) return;
    const std::optional<Sum> sum = sum_in(replay, block, filter_);
    if (!sum) return;
    Open& open = found->second;
    const Owner owner(block.op, block.tag, block.pool, block.allocation_class);
    made_[{block.process, block.handle}] = {open.kind, block.iteration, owner, *sum};
    open.iteration.number = block.iteration;
    open.iteration.made.push_back(block.handle);
    if (open.iteration.made.size() >= open.prune_at) prune(block.process, open);
}

void Survivors::prune(uint32_t process, Open& open) const {
    std::erase_if(open.iteration.made, [&](uint64_t handle) { return !made_.contains({process, handle}); });
    open.prune_at = 2 * std::max(open.iteration.made.size(), open.prune_at / 2);
}

void Survivors::left(const Replay&, const LiveBlock& block, Departure) { forget({block.process, block.handle}); }

// What may stay after all has not been left behind.
void Survivors::changed(const Replay&, const LiveBlock& block, bool) {
    if (may_stay(block)) forget({block.process, block.handle});
}

void Survivors::forget(const Block& block) {
    const auto found = made_.find(block);
    if (found == made_.end()) return;
    const Made& made = found->second;
    if (made.is_old) {
        for (const Owner& owner : {made.owner, together_with(made.owner)})
            subtract(made.kind->owners[owner].live, made.sum);
    }
    made_.erase(found);
}

void Survivors::end(uint32_t process, Open ended) {
    Kind& kind = *ended.kind;
    ++kind.ended;
    prune(process, ended);
    kind.recent.push_back(std::move(ended.iteration));
    if (kind.recent.size() <= kOldAfter) return;
    grow_old(process, kind, kind.recent.front());
    kind.recent.pop_front();
}

void Survivors::grow_old(uint32_t process, Kind& kind, const Iteration& iteration) {
    const uint64_t number = kind.ended - kOldAfter;
    for (const uint64_t handle : iteration.made) {
        const auto found = made_.find({process, handle});
        if (found == made_.end() || found->second.iteration != iteration.number) continue;
        Made& made = found->second;
        made.is_old = true;
        for (const Owner& owner : {made.owner, together_with(made.owner)}) {
            Kept& kept = kind.owners[owner];
            kept.live += made.sum, kept.all += made.sum;
            if (kept.live.allocations > kept.most.allocations) kept.most = kept.live;
            if (kept.last == number) continue;
            if (number <= kMostWarmUp) kept.early[number] = 1;
            kept.pause = std::max(kept.pause, number - kept.last - 1);
            kept.last = number;
            ++kept.iterations;
        }
    }
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

std::vector<OwnerGrowth> Survivors::grown() const {
    std::map<std::pair<uint32_t, Owner>, OwnerGrowth> best;
    for (const auto& [series, kind] : kinds_) {
        for (const auto& [owner, kept] : kind.owners) {
            OwnerGrowth growth;
            growth.process = std::get<0>(series), growth.iterations_called = std::get<2>(series);
            std::tie(growth.op, growth.tag, growth.pool, growth.allocation_class) = owner;
            growth.grown = {{}, kept.most, kept.iterations, 0, certainty_of(kind, kept)};
            if (growth.grown.certainty == Certainty::kPossible) continue;
            growth.several = growth.op == kTogether;
            if (growth.several) growth.op = growth.tag = 0;
            growth.outlived = old_of(kind);
            const auto [at, is_new] = best.try_emplace({growth.process, owner}, growth);
            if (!is_new && growth.grown.certainty < at->second.grown.certainty) at->second = growth;
        }
    }
    std::vector<OwnerGrowth> grown;
    for (auto& [key, growth] : best) grown.push_back(growth);
    return grown;
}

}  // namespace ttmem
