#include "src/analysis/capacity/what_if_replay.h"

#include <algorithm>

#include "src/analysis/capacity/rescaled.h"

namespace ttmem {
namespace {

uint32_t position_of(const Replay& replay, const LiveBlock& block) {
    return static_cast<uint32_t>(&block - replay.blocks().data());
}

// Where circular buffers must end.
uint64_t lowest_in(const BankAllocator& bank) {
    return bank.blocks().empty() ? bank.end() : bank.blocks().begin()->first;
}

ReplayedClash clash_at(const Replay& replay, const Event& event) {
    ReplayedClash clash;
    clash.process = event.process, clash.place = event.place;
    clash.event = replay.event(), clash.at = replay.now();
    return clash;
}

}  // namespace

WhatIfReplay::WhatIfReplay(const Recording& recording, const ArenaFinder& finder, const WhatIfSettings& settings,
                           bool least)
    : recording_(recording),
      finder_(finder),
      other_machine_(settings.machine.has_value()),
      least_(least),
      reach_(recording.end) {
    for (const AllocatorOfPlace& allocator : finder.allocators()) {
        const ArenaSet changed = other_machine_
                                     ? with_sizes(*settings.machine, sizes_of(allocator.arenas, settings.sizes))
                                     : with_sizes(allocator.arenas, settings.sizes);
        AllocatorModel& model = models_.emplace_back();
        for (const Pool pool : kChipPools) {
            const auto i = static_cast<size_t>(pool);
            if (!changed[i]) continue;
            const Arena arena = *changed[i];
            const Arena before =
                allocator.arenas[i].value_or(Arena{arena.banks, arena.end, arena.end, arena.alignment});
            ReplayedArena found;
            found.process = allocator.process, found.place = allocator.place;
            found.pool = pool;
            found.before = before, found.arena = arena;
            model.pools[i] = OfPool{BankAllocator(before.begin, before.end, before.alignment, FitPolicy::kFirstFit),
                                    {ArenaTrial(arena, FitPolicy::kFirstFit), ArenaTrial(arena, FitPolicy::kBestFit)},
                                    found};
        }
    }
}

AllocatorModel::OfPool* WhatIfReplay::model_of(uint32_t place, Pool pool) {
    auto& model = models_[finder_.allocator_of(place)].pools[static_cast<size_t>(pool)];
    return model ? &*model : nullptr;
}

// Of each bank, in the question that is asked.
uint64_t WhatIfReplay::bytes_of(const OfPool& model, const LiveBlock& block) const {
    if (!other_machine_) return block.bytes_per_bank;
    const BytesPerBank bytes = rescaled(block, model.found.before, model.found.arena);
    return least_ ? bytes.least : bytes.most;
}

// Puts the block where it lay. From which end it was allocated: as tt-metal does, unless only the other end leads
// there.
bool WhatIfReplay::follow(OfPool& model, const LiveBlock& block, uint32_t position) {
    bool up = grows_up(block);
    if (block.born == 0) {
        ++model.found.there_before;
    } else {
        ++model.found.allocations;
        const bool as_usual = model.recorded.place_for(block.bytes_per_bank, up) == block.address;
        const bool other_end = !as_usual && model.recorded.place_for(block.bytes_per_bank, !up) == block.address;
        model.found.reproduced += as_usual || other_end || block.bytes_per_bank == 0;
        up ^= other_end;
    }
    if (is_recorded_.size() <= position) is_recorded_.resize(position + 1);
    is_recorded_[position] = model.recorded.take(block.address, block.bytes_per_bank, position);
    model.found.overlapping += !is_recorded_[position] && block.bytes_per_bank != 0;
    return up;
}

void WhatIfReplay::arrived(const Replay& replay, const LiveBlock& block) {
    if (block.pool == Pool::kSystem) return;
    OfPool* model = model_of(block.place, block.pool);
    if (model == nullptr) {
        ++not_modeled_;
        return;
    }
    if (block.banks < model->found.before.banks) {
        ++model->found.in_part;
        return;
    }
    const uint32_t position = position_of(replay, block);
    const bool up = follow(*model, block, position);
    const Arena &before = model->found.before, &now = model->found.arena;
    const uint64_t bytes = bytes_of(*model, block);
    model->found.rescaled += bytes != block.bytes_per_bank;
    for (ArenaTrial& trial : model->trials) {
        if (block.born != 0 || other_machine_) {
            trial.allocate(replay, position, bytes, up);
        } else {  // with the end that it grows from
            trial.take(replay, position, bytes,
                       up ? block.address - before.begin + now.begin : block.address - before.end + now.end);
        }
    }
}

void WhatIfReplay::left(const Replay& replay, const LiveBlock& block, Departure) {
    OfPool* model = block.pool == Pool::kSystem ? nullptr : model_of(block.place, block.pool);
    if (model == nullptr || block.banks < model->found.before.banks) return;
    const uint32_t position = position_of(replay, block);
    if (is_recorded_[position]) model->recorded.give_back(block.address);
    is_recorded_[position] = false;
    for (ArenaTrial& trial : model->trials) trial.give_back(replay, position);
}

void WhatIfReplay::dispatch(const Replay& replay, const Event& event) {
    const std::optional<uint64_t> reach = reach_.of(event);
    if (!reach || *reach == 0) return;
    const OfPool* model = model_of(event.place, Pool::kL1);
    if (model == nullptr) return;
    ReplayedClash clash = clash_at(replay, event);
    clash.program = event.subject, clash.op = event.op;
    look_for_clash(*model, *reach, clash, replay);
}

// `clash`: as far as it is known whatever the allocator does. Programs begin at the base of L1, wherever it is.
void WhatIfReplay::look_for_clash(const OfPool& model, uint64_t reach, const ReplayedClash& clash,
                                  const Replay& replay) {
    const uint64_t end = reach - std::min(reach, model.found.before.begin) + model.found.arena.begin;
    for (size_t policy = 0; policy < kFitPolicyCount; ++policy) {
        const BankAllocator& bank = model.trials[policy].bank();
        const bool has_buffer = !bank.blocks().empty();
        const uint64_t lowest = lowest_in(bank);
        if (end <= lowest) continue;
        PolicyClashes& clashes = clashes_[policy];
        if (++clashes.clashes > kMostReplayedFailures) continue;
        ReplayedClash& found = clashes.first.emplace_back(clash);
        found.reach = end, found.lowest = lowest;
        if (has_buffer) found.buffer = ReplayedBlock{replay.blocks()[bank.blocks().begin()->second.owner], lowest};
    }
}

// A program that was refused. What it needed is tried again where the record itself, as the model follows it, refuses
// it.
bool WhatIfReplay::clashed(const Replay& replay, const Event& event, const Failure& failure) {
    const bool is_placed = event.place < recording_.end.places.size();
    const OfPool* model = is_placed ? model_of(event.place, Pool::kL1) : nullptr;
    const std::optional<uint64_t>& end = failure.bytes_per_bank;
    if (model == nullptr || !end || *end <= lowest_in(model->recorded)) return false;
    ReplayedClash clash = clash_at(replay, event);
    clash.op = failure.op, clash.recorded = true;
    look_for_clash(*model, *end, clash, replay);
    return true;
}

// What failed when it was recorded.
void WhatIfReplay::fail(const Replay& replay, const Event& event) {
    const std::vector<Failure>& failures = recording_.end.processes[event.process].failures;
    const Failure* failure = event.subject < failures.size() ? &failures[event.subject] : nullptr;
    if (failure != nullptr && (failure->kind == FailureKind::kCbClash || failure->kind == FailureKind::kCbOverflow)) {
        if (!clashed(replay, event, *failure)) ++clashes_then_;
        return;
    }
    const bool is_known = failure != nullptr && failure->bytes_per_bank && failure->pool != Pool::kSystem &&
                          (event.place < recording_.end.places.size());
    OfPool* model = is_known ? model_of(event.place, failure->pool) : nullptr;
    if (model == nullptr) {
        ++unknown_then_;
        return;
    }
    LiveBlock asked;
    asked.bytes_per_bank = *failure->bytes_per_bank;
    asked.requested_bytes = failure->requested_bytes.value_or(0);
    asked.born = replay.event();
    asked.since = replay.now();
    asked.process = event.process, asked.place = event.place;
    asked.op = failure->op, asked.tag = failure->tag, asked.thread = failure->thread;
    asked.pool = failure->pool;
    asked.banks = asked.data_banks = static_cast<uint16_t>(failure->banks.value_or(0));
    ++model->found.failed_then;
    ++model->found.allocations;
    model->found.reproduced += !model->recorded.place_for(asked.bytes_per_bank, grows_up(asked));
    const uint64_t bytes = bytes_of(*model, asked);
    model->found.rescaled += bytes != asked.bytes_per_bank;
    for (ArenaTrial& trial : model->trials) trial.try_again(replay, asked, bytes);
}

void WhatIfReplay::applied(const Replay& replay, const Event& event) {
    reach_.apply(event);
    const bool is_placed = event.place < recording_.end.places.size();
    if (event.kind == EventKind::kDispatched && is_placed) dispatch(replay, event);
    if (event.kind == EventKind::kFailed) fail(replay, event);
}

void WhatIfReplay::fill(const Replay& replay, WhatIf& answer) {
    for (AllocatorModel& model : models_) {
        for (auto& of_pool : model.pools) {
            if (!of_pool) continue;
            ReplayedArena& found = of_pool->found;
            for (size_t policy = 0; policy < kFitPolicyCount; ++policy) {
                of_pool->trials[policy].finish(replay);
                found.outcomes[policy] = of_pool->trials[policy].outcome();
            }
            const bool is_used = found.allocations + found.there_before + found.in_part + found.failed_then != 0;
            if (is_used) answer.arenas.push_back(std::move(found));
        }
    }
    answer.clashes = clashes_;
    answer.not_modeled = not_modeled_;
    answer.clashes_then = clashes_then_;
    answer.unknown_then = unknown_then_;
}

}  // namespace ttmem
