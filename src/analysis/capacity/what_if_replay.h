// The pass of what_if_of(): each arena under each policy, and one that follows the record. For what_if.cc alone.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "src/analysis/capacity/arena_trial.h"
#include "src/analysis/capacity/what_if.h"
#include "src/analysis/replay/planned_reach.h"

namespace ttmem {

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
    // `least`: blocks are as small as they may be on the other machine.
    WhatIfReplay(const Recording& recording, const ArenaFinder& finder, const WhatIfSettings& settings, bool least);
    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure) override;
    void applied(const Replay& replay, const Event& event) override;

    // After the replay.
    void fill(const Replay& replay, WhatIf& answer);

private:
    using OfPool = AllocatorModel::OfPool;

    OfPool* model_of(uint32_t place, Pool pool);
    uint64_t bytes_of(const OfPool& model, const LiveBlock& block) const;
    bool follow(OfPool& model, const LiveBlock& block, uint32_t position);
    void dispatch(const Replay& replay, const Event& event);
    void look_for_clash(const OfPool& model, uint64_t reach, const ReplayedClash& clash, const Replay& replay);
    bool clashed(const Replay& replay, const Event& event, const Failure& failure);
    void fail(const Replay& replay, const Event& event);

    const Recording& recording_;
    const ArenaFinder& finder_;
    const bool other_machine_, least_;
    std::vector<AllocatorModel> models_;
    std::vector<bool> is_recorded_;  // by position: it lies in the model that follows the record
    PlannedReach reach_;
    std::array<PolicyClashes, kFitPolicyCount> clashes_;
    uint64_t not_modeled_ = 0, clashes_then_ = 0, unknown_then_ = 0;
};

}  // namespace ttmem
