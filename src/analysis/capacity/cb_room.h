// What circular buffers leave of the L1 of a core: how far programs reach from below, and how much was taken at the
// dispatch that left least. Of all programs of a recording, also of those that have gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/analysis/replay/replay.h"
#include "src/model/handle_key.h"

namespace ttmem {

// On some chips that are used alike, by addresses in the L1 of a core.
struct CbRoom {
    uint64_t begin = 0;             // where circular buffers begin
    uint64_t lowest = 0;            // L1 buffers never lay below it, as far as recorded
    std::optional<uint64_t> reach;  // programs use addresses below it; absent: none is known
    std::string program;            // one that reaches so far
    bool is_known = true;           // every plan is: no program reaches further
    uint64_t most_buffers = 0;      // bytes of a bank that buffers had at most, as if all were in it

    // Of a core, of the program that has most.
    uint64_t most() const { return reach ? *reach - std::min(*reach, begin) : 0; }

    // What circular buffers and buffers took of a bank together, at the dispatch that left least: the truth lies
    // between. Buffers in a part of the banks need not be where the circular buffers are. `high` is absent where
    // nothing bounds it: a plan is not known, or events are missing.
    uint64_t taken_low = 0;
    std::optional<uint64_t> taken_high = 0;
};

// Wants the second run of a replay, in which no chips are split.
class CbRoomFinder : public ReplayObserver {
public:
    void begins(const Replay& replay) override;
    void arrived(const Replay& replay, const LiveBlock& block) override { change(replay, block, true); }
    void left(const Replay& replay, const LiveBlock& block, Departure) override { change(replay, block, false); }
    void applied(const Replay& replay, const Event& event) override;
    void lost(const Replay& replay, uint32_t process) override;

    // After the replay. `begin`: of a bank of L1; `lowest`: the lowest address at which a buffer ever lay, or the end
    // of the bank.
    CbRoom room(const Replay& replay, size_t chips, uint64_t begin, uint64_t lowest) const;

private:
    struct Cell {
        uint64_t everywhere = 0, somewhere = 0;  // live bytes per bank: of buffers in all banks, and of others
        uint64_t most = 0;                       // of both together
        uint64_t low = 0, high = 0;              // end of circular buffers and live bytes, where they were most
        uint64_t reach = 0;                      // an address; 0 none
        uint32_t op = 0;                         // that reaches so far
        bool is_known = true;                    // every plan is
        bool may_run_any_time = false;           // programs that no dispatch tells of
    };

    void change(const Replay& replay, const LiveBlock& block, bool arrives);
    void plan(const Replay& replay, const Event& event);
    void dispatch(const Replay& replay, const Event& event);

    std::vector<Cell> cells_;                     // by Replay::chips()
    std::vector<std::optional<uint64_t>> banks_;  // of L1, by place
    std::vector<uint64_t> ends_;                  // by plan: one after its highest address; 0 none
    // By program: such an end; absent: not known.
    std::unordered_map<HandleKey, std::optional<uint64_t>, HandleKeyHash> planned_;
};

}  // namespace ttmem
