// What programs needed of the L1 of a core: at each dispatch their circular buffers beside the buffers that are live.
//
// Circular buffers are addresses that a program writes over whatever other programs had there, so they are never added
// up over programs, nor to the use of a pool: this is about one core and one dispatch. Of a program its core with most
// circular buffers counts, and of the buffers what they take in each bank, of which every core has one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/analysis/replay/replay.h"
#include "src/model/handle_key.h"

namespace ttmem {

constexpr size_t kCbKindCount = 3;

// Circular buffers of a plan on its core that has most of them. What lies in two kinds counts as the first of them.
struct CoreCbs {
    uint64_t bytes = 0;
    std::array<uint64_t, kCbKindCount> kinds{};  // by CbKind; they add up to `bytes`
};
CoreCbs largest_core_of(const CbPlan& plan);

// The dispatch that needed most of a core, on chips that were used alike.
struct CoreNeed {
    std::vector<ChipId> chips;
    uint64_t event = 0;      // number of the dispatch; 0: no plan of any dispatch is known
    WallTime at = 0;         // 0 unknown
    WallTime until = kEver;  // when something else happened; kEver: nothing did
    uint32_t process = 0, op = 0, tag = 0, iteration = 0;
    uint64_t program = 0;  // its handle
    CoreCbs cbs;
    uint64_t buffer_bytes = 0;           // of `l1` and `l1_small`, in each bank
    std::optional<uint64_t> core_bytes;  // what a core has for both; absent where it is unknown or differs
    uint64_t largest_cbs = 0;            // the most circular buffers that any dispatch had on a core
    uint64_t unknown_dispatches = 0;     // of programs whose plan is not known
    uint64_t replays = 0;                // of traces: which programs they dispatch is not known
    bool has_gap = false;                // events are missing
    bool banks_differ = false;           // buffers are in different sets of banks: perhaps no core has all of them

    uint64_t bytes() const { return saturating_add(cbs.bytes, buffer_bytes); }
    bool is_low() const { return unknown_dispatches != 0 || replays != 0 || has_gap; }  // it may have been more
};

class CoreNeedFinder : public ReplayObserver {
public:
    void begins(const Replay& replay) override;
    void arrived(const Replay& replay, const LiveBlock& block) override { change(replay, block, true); }
    void left(const Replay& replay, const LiveBlock& block, Departure) override { change(replay, block, false); }
    void applied(const Replay& replay, const Event& event) override;
    void lost(const Replay& replay, uint32_t process) override;
    void split(const Replay& replay, uint32_t whole, uint32_t part) override;

    // After the replay: where anything was dispatched; tightest first.
    std::vector<CoreNeed> take(const Replay& replay);

private:
    struct Cell {
        std::vector<std::pair<uint32_t, uint64_t>> buffers;  // by banks: bytes in each
        CoreNeed need;
        bool is_used = false;
    };
    struct Planned {
        uint32_t registration = 0, plan = 0;
    };

    void change(const Replay& replay, const LiveBlock& block, bool arrives);
    void plan(const Replay& replay, const Event& event);
    void dispatch(const Replay& replay, const Event& event);

    std::vector<uint32_t> stands_;   // cells whose need is of a time that is not over
    std::vector<Cell> cells_;        // by Replay::chips()
    std::vector<CoreCbs> of_plans_;  // by plan
    std::unordered_map<HandleKey, std::vector<Planned>, HandleKeyHash> planned_;  // by program
};

}  // namespace ttmem
