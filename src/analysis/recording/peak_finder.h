// The first pass of peaks_of(): when the use of each pool was largest, and within which bounds it lies.
#pragma once

#include <array>
#include <vector>

#include "src/analysis/recording/peak.h"
#include "src/analysis/recording/shared_use.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

class PeakFinder : public ReplayObserver {
public:
    // The largest use of a pool on equal chips in a stretch of time.
    struct Best {
        uint64_t reserved_bytes = 0;
        uint64_t event = 0;
        WallTime at = 0;
        uint32_t process = 0, op = 0, tag = 0, iteration = 0;
    };
    // One process in one pool of equal chips. What its threads did within kClockStep has no certain order: the sum is
    // certain where nothing changed for so long.
    struct Share {
        uint64_t live = 0, peak = 0;
        uint64_t settled = 0, certain_peak = 0;  // after the last event; of the certain sums the largest
        uint32_t thread = 0;                     // whose event was the last
        WallTime changed_at = 0;
        bool is_unordered = false;
    };
    struct Cell {
        uint64_t live = 0;
        Best all, steady;
        std::vector<Share> processes;  // by process; those behind the last used are left out
    };

    void begins(const Replay& replay) override;
    void split(const Replay& replay, uint32_t whole, uint32_t part) override;
    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure departure) override;
    void applied(const Replay& replay, const Event& event) override;
    void ended(const Replay& replay) override { together_.ended(replay); }

    // After the replay.
    const Cell& cell(size_t chips, Pool pool) const { return cells_[chips][static_cast<size_t>(pool)]; }
    const SharedUse* together(size_t chips, Pool pool) const { return together_.use(chips, pool); }  // as SharedUses
    uint64_t iterations_ended() const { return iterations_ended_; }
    // What is asked of SharedUse.
    static constexpr uint64_t kAtPeak = 0, kSteady = 1;

private:
    struct Changed {
        uint32_t chips, process;
        Pool pool;
    };

    Share& share_of(Cell& cell, uint32_t process);
    Share& changed_share(uint32_t chips, Pool pool, uint32_t process);
    void note_turn(Share& share, const Event& event);

    std::vector<std::array<Cell, kPoolCount>> cells_;  // by Replay::chips()
    SharedUses together_;
    std::vector<Changed> changed_;  // by the event that is being applied
    uint64_t iterations_ended_ = 0;
    bool is_steady_ = false;
};

// What the cell, the processes' own counts and what is known of their order say together: fills low, high, is_bound,
// earlier. `contradicted` becomes true when a process counted more than its complete history shows.
void bound_peak(const Replay& replay, const PeakFinder::Cell& cell, const SharedUse* together, PoolPeak& peak,
                bool& contradicted);

}  // namespace ttmem
