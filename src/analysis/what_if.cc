#include "src/analysis/what_if.h"

#include <algorithm>

#include "src/analysis/arena_trial.h"
#include "src/analysis/planned_reach.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

// The arenas of one allocator, under each policy and as recorded.
struct AllocatorModel {
    struct OfPool {
        BankAllocator recorded;
        std::array<ArenaTrial, kFitPolicyCount> trials;
        ReplayedArena found;
    };
    std::array<std::optional<OfPool>, kPoolCount> pools;
};

class WhatIfReplay : public ReplayObserver {
public:
    WhatIfReplay(const Recording& recording, const ArenaFinder& finder, const WhatIfSettings& settings);
    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure) override;
    void applied(const Replay& replay, const Event& event) override;

    // After the replay.
    void fill(const Replay& replay, WhatIf& answer);

private:
    using OfPool = AllocatorModel::OfPool;

    OfPool* model_of(uint32_t place, Pool pool);
    bool follow(OfPool& model, const LiveBlock& block, uint32_t position);
    void dispatch(const Replay& replay, const Event& event);
    void fail(const Replay& replay, const Event& event);

    const Recording& recording_;
    const ArenaFinder& finder_;
    std::vector<AllocatorModel> models_;
    std::vector<bool> is_recorded_;  // by position: it lies in the model that follows the record
    PlannedReach reach_;
    std::array<PolicyClashes, kFitPolicyCount> clashes_;
    uint64_t not_modeled_ = 0, clashes_then_ = 0, unknown_then_ = 0;
};

uint32_t position_of(const Replay& replay, const LiveBlock& block) {
    return static_cast<uint32_t>(&block - replay.blocks().data());
}

WhatIfReplay::WhatIfReplay(const Recording& recording, const ArenaFinder& finder, const WhatIfSettings& settings)
    : recording_(recording), finder_(finder), reach_(recording.end) {
    for (const AllocatorOfPlace& allocator : finder.allocators()) {
        const ArenaSet changed = with_sizes(allocator.arenas, settings.sizes);
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
    for (ArenaTrial& trial : model->trials) {
        if (block.born != 0) {
            trial.allocate(replay, position, up);
        } else {  // with the end that it grows from
            const Arena &before = model->found.before, &now = model->found.arena;
            trial.take(replay, position,
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
    for (size_t policy = 0; policy < kFitPolicyCount; ++policy) {
        const BankAllocator& bank = model->trials[policy].bank();
        const bool has_buffer = !bank.blocks().empty();
        const uint64_t lowest = has_buffer ? bank.blocks().begin()->first : bank.end();
        if (*reach <= lowest) continue;
        PolicyClashes& clashes = clashes_[policy];
        if (++clashes.clashes > kMostReplayedFailures) continue;
        ReplayedClash clash{event.process, event.place, event.subject, event.op,    replay.event(),
                            replay.now(),  *reach,      lowest,        std::nullopt};
        if (has_buffer) clash.buffer = ReplayedBlock{replay.blocks()[bank.blocks().begin()->second.owner], lowest};
        clashes.first.push_back(clash);
    }
}

// What failed when it was recorded.
void WhatIfReplay::fail(const Replay& replay, const Event& event) {
    const std::vector<Failure>& failures = recording_.end.processes[event.process].failures;
    const Failure* failure = event.subject < failures.size() ? &failures[event.subject] : nullptr;
    if (failure != nullptr && (failure->kind == FailureKind::kCbClash || failure->kind == FailureKind::kCbOverflow)) {
        ++clashes_then_;
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
    ++model->found.failed_then;
    ++model->found.allocations;
    model->found.reproduced += !model->recorded.place_for(asked.bytes_per_bank, grows_up(asked));
    for (ArenaTrial& trial : model->trials) trial.try_again(replay, asked);
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

// Failures first, then the fullest.
void put_in_order(WhatIf& answer) {
    const auto policy = static_cast<size_t>(answer.settings.policy);
    const auto fullness = [&](const ReplayedArena& arena) {
        const auto bytes = static_cast<double>(std::max<uint64_t>(arena.arena.bytes(), 1));
        return static_cast<double>(arena.outcomes[policy].peak.used) / bytes;
    };
    std::ranges::stable_sort(answer.arenas, [&](const ReplayedArena& a, const ReplayedArena& b) {
        const bool a_failed = a.outcomes[policy].failed != 0, b_failed = b.outcomes[policy].failed != 0;
        return a_failed != b_failed ? a_failed : fullness(a) > fullness(b);
    });
}

void note_what_is_missing(WhatIf& answer) {
    uint64_t in_part = 0;
    for (const ReplayedArena& arena : answer.arenas) in_part += arena.in_part;
    if (in_part != 0) {
        answer.coverage.note(counted(in_part, "allocation") +
                             " of a sub-device's own allocator, which has a part of "
                             "the banks, " +
                             (in_part == 1 ? "is" : "are") + " left out.");
    }
    if (answer.not_modeled != 0) {
        answer.coverage.note(counted(answer.not_modeled, "allocation") +
                             " of which nothing tells the size or the "
                             "begin of the banks " +
                             (answer.not_modeled == 1 ? "is" : "are") + " left out.");
    }
    if (answer.unknown_then != 0) {
        answer.coverage.note(
            counted(answer.unknown_then, "allocation") +
            " failed when it was recorded, and how many bytes it lacked was not kept: it is not tried again.");
    }
    if (answer.clashes_then != 0) {
        answer.coverage.note(counted(answer.clashes_then, "clash", "clashes") +
                             " of circular buffers when it was recorded: such a program was not dispatched, so it is "
                             "not tried again; `ttmem map --at failure` shows it.");
    }
}

}  // namespace

std::string_view what_if_verdict_name(WhatIfVerdict verdict) {
    constexpr std::array<std::string_view, 3> kNames = {"fits", "does_not_fit", "unknown"};
    return kNames[static_cast<size_t>(verdict)];
}

bool WhatIf::exact() const {
    return coverage.complete && std::ranges::all_of(arenas, [](const ReplayedArena& arena) { return arena.exact(); });
}

WhatIfVerdict WhatIf::verdict(FitPolicy policy) const {
    const auto of = static_cast<size_t>(policy);
    bool fails = clashes[of].clashes != 0, certainly = false;
    for (const ReplayedArena& arena : arenas) {
        fails |= arena.outcomes[of].failed != 0;
        // More bytes than there are do not fit wherever they lie.
        certainly |= std::ranges::any_of(arena.outcomes[of].failures,
                                         [](const ReplayedFailure& failure) { return !failure.fits_compacted(); });
    }
    if (certainly || (fails && exact())) return WhatIfVerdict::kDoesNotFit;
    return !fails && exact() ? WhatIfVerdict::kFits : WhatIfVerdict::kUnknown;
}

WhatIf what_if_of(const Recording& recording, const WhatIfSettings& settings) {
    WhatIf answer;
    answer.settings = settings;
    Replay replay(recording);
    ArenaFinder finder(recording);
    replay.run(finder);
    WhatIfReplay models(recording, finder, settings);
    replay.run(models);
    answer.coverage = coverage_of(recording);
    replay.note_damage(answer.coverage);
    models.fill(replay, answer);
    note_what_is_missing(answer);
    put_in_order(answer);
    return answer;
}

}  // namespace ttmem
