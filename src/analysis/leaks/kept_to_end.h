// What programs kept until their work was over, and whether it is of a kind that was made again and again.
//
// Kept to the end is what a close released, and what the program's variables gave back after the last work
// (analysis/replay/last_frees.h). A free within an operation, as ttnn.deallocate, is the program's own word that it was
// done with it, at any time, and keeps nothing. Python's end is a close (adapters/preload).
//
// Without iterations repetition alone tells: where at least three of one owner were made with other work between them
// (analysis/leaks/work.h) and kept to the end, that is what a leak looks like, and no one can say whether it is one.
// What was made in one go is a fixed set, as weights are, and what was made once or twice grows nothing.
//
// In the last iteration, which did not end, the ones before it tell: of what each of its kind made, none was kept or it
// is known to have leaked. So as many of the same owner as one of these made are judged; more, or others, are not.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/leaks/repetition.h"
#include "src/analysis/leaks/work.h"
#include "src/analysis/replay/last_frees.h"
#include "src/analysis/replay/replay.h"
#include "src/model/call_stack.h"

namespace ttmem {

class KeptToEnd final : public ReplayObserver {
public:
    // `work` has observed each event before this does.
    KeptToEnd(const Recording& recording, const Filter& filter, const Work& work)
        : recording_(recording), filter_(filter), work_(work), lines_(recording.end) {}

    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure departure) override;
    void changed(const Replay& replay, const LiveBlock& block, bool) override;
    void applied(const Replay& replay, const Event& event) override;
    void lost(const Replay& replay, uint32_t process) override;
    void ended(const Replay& replay) override;

    // Adds what it knows, by process.
    void add_to(std::map<uint32_t, Repetition>& repetitions) const;

private:
    using Block = std::pair<uint32_t, uint64_t>;  // process, handle
    using OwnerKey = std::tuple<uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, Pool, AllocationClass>;
    struct Group {
        std::set<uint64_t> turns;  // of what was kept; a few of them are enough
        Sum freed;                 // of that, what the program freed at last
    };
    struct Made {
        Group* group;  // entries of a map stay where they are
        uint64_t turn;
        Sum sum;
    };
    using Like = std::tuple<uint32_t, Pool, AllocationClass>;  // op
    using Kind = std::tuple<uint32_t, uint32_t, uint32_t>;     // process, thread, name of the iteration
    struct Open {
        Kind kind;
        std::map<Like, uint64_t> made;
        std::map<Like, std::vector<uint64_t>> kept;  // handles
    };

    bool has_iterations(uint32_t process) const { return recording_.end.processes[process].iterations_begun != 0; }
    static void keep(const Made& made, bool freed);

    const Recording& recording_;
    const Filter filter_;
    const Work& work_;
    UserLines lines_;
    std::map<OwnerKey, Group> groups_;  // process, place, op, tag, line
    boost::unordered_flat_map<Block, Made> live_;
    std::optional<LiveBlock> freed_now_;
    LastFrees<Made> frees_;
    std::set<uint32_t> not_whole_;  // processes that lived before the recording, or have a gap in it
    std::map<std::pair<uint32_t, uint64_t>, Open> open_;  // by process and number
    std::map<Kind, std::map<Like, uint64_t>> most_;       // that one iteration made, of those that ended
};

}  // namespace ttmem
