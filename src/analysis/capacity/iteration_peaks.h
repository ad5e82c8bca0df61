// How much higher each iteration of a process peaks than the one before: what it keeps and what it takes for a while,
// which may grow as well.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

// Of the last iterations, in reserved bytes of a chip.
struct IterationRise {
    uint64_t peak = 0;        // of the last one, or of what followed it so far, if that is more
    uint64_t bytes = 0;       // that it is above the one before
    bool is_steady = false;   // the last three rose by as much, within an eighth
    bool is_growing = false;  // each of the last three rose by more than the one before, beyond that
};

// Wants the second run of a replay, in which no chips are split. An iteration is what happens from the end of one
// outermost iteration of a process to the end of its next one.
class IterationPeaks : public ReplayObserver {
public:
    void begins(const Replay& replay) override;
    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure) override;
    void applied(const Replay& replay, const Event& event) override;
    void lost(const Replay& replay, uint32_t process) override;

    // After the replay; absent where fewer than four iterations ended, or the last one peaked no higher.
    std::optional<IterationRise> rise(uint32_t process, size_t chips, Pool pool) const;

private:
    static constexpr size_t kKept = 4;
    struct Cell {
        uint64_t most = 0;                    // since the last end
        std::array<uint64_t, kKept> peaks{};  // of the last iterations, the newest last
    };
    struct Of {
        uint64_t ended = 0;
        std::vector<std::array<Cell, kPoolCount>> cells;  // by Replay::chips()
    };

    std::vector<std::array<uint64_t, kPoolCount>> live_;   // by Replay::chips()
    std::map<uint32_t, Of> processes_;                     // that had iterations
    std::map<std::pair<uint32_t, uint32_t>, int> depths_;  // by process and thread
};

}  // namespace ttmem
