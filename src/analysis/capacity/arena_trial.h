// One arena under one policy while a recording is replayed: what_if.cc has one for each, and one that follows the
// record.
#pragma once

#include <vector>

#include "src/analysis/capacity/what_if.h"

namespace ttmem {

class ArenaTrial {
public:
    ArenaTrial(const Arena& arena, FitPolicy policy) : bank_(arena.begin, arena.end, arena.alignment, policy) {}

    // The position of the block is that in Replay::blocks(); `bytes`: of each bank.
    void allocate(const Replay& replay, uint32_t position, uint64_t bytes, bool grows_up);
    void take(const Replay& replay, uint32_t position, uint64_t bytes, uint64_t address);  // of what lay there before
    void give_back(const Replay& replay, uint32_t position);
    void try_again(const Replay& replay, const LiveBlock& failed, uint64_t bytes);
    // The figures of the peak, if it is now.
    void finish(const Replay& replay);

    const BankAllocator& bank() const { return bank_; }
    const ArenaOutcome& outcome() const { return outcome_; }

private:
    static constexpr uint64_t kNowhere = UINT64_MAX;

    void put(const Replay& replay, uint32_t position, uint64_t bytes, std::optional<uint64_t> address);
    void fail(const Replay& replay, const LiveBlock& block, uint64_t bytes, bool recorded);
    SpaceMoment moment(const Replay& replay) const;

    BankAllocator bank_;
    ArenaOutcome outcome_;
    std::vector<uint64_t> addresses_;  // by position
    bool is_peak_ = true;              // nothing was given back since; an empty bank is a peak, too
};

}  // namespace ttmem
