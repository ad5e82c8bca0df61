// What programs kept until their work was over, and whether it is of a kind that was made again and again.
//
// Kept to the end is what a close released, or the end of Python, which is a close (adapters/preload); and what was
// freed together before that, when nearly all work was done, as when a program's variables go out of scope.
//
// Without iterations, and of what was made before the first of them, repetition alone tells: where at least three of
// one owner were made with other work between them (analysis/leaks/work.h) and kept to the end, that is what a leak
// looks like, and no one can say whether it is one. What was made in one go is a fixed set, as weights are, also where
// they were converted, if each of these has its own input: one was made or freed from one to the next, or dropped after
// all of them, before other work.
// What was made once or twice grows nothing, and neither does what replaces others, as weights that are trained do:
// their number is bounded from birth to birth (analysis/leaks/trend.h).
//
// In the last iteration, which did not end, the ones before it tell: of what each of its kind made, none was kept or it
// is known to have leaked. So as many of the same owner as one of these made are judged; more, or others, are not,
// whether the close released them or, if it made them again and again, the program when all work was done.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/leaks/repetition.h"
#include "src/analysis/leaks/trend.h"
#include "src/analysis/leaks/work.h"
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
    struct Kept {
        uint64_t handle, birth, turn;
    };
    struct Cleared {               // freed with no work between
        uint64_t at = 0;           // after so much of it
        uint64_t newest = 0;       // birth
        std::set<uint64_t> turns;  // that made it; a few of them are enough
        Sum sum;
    };
    struct Converted {  // by an operation that does nothing else
        uint32_t op = 0;
        uint64_t turn = 0, inputs = 0, freed = 0;  // of its process, at the latest
        uint64_t again = 0;  // that came with no input made, or anything freed, since the one before
        // Of that turn: conversions, those `again`, and inputs that were dropped after them.
        uint64_t made = 0, alike = 0, dropped = 0;
    };
    struct Group {
        uint64_t births = 0, freed = 0;
        uint64_t began = 0, ended = 0;  // work of its process: at the first birth, at the close
        Converted converted;
        Trend trend;
        std::vector<Kept> kept;
        Cleared lately, cleared;  // `cleared` was made again and again
    };
    struct Made {
        Group* group;  // entries of a map stay where they are
        uint64_t birth, turn;
        Sum sum;
    };
    using Like = std::tuple<uint32_t, Pool, AllocationClass>;  // op
    using Kind = std::tuple<uint32_t, uint32_t, uint32_t>;     // process, thread, name of the iteration
    struct Open {
        Kind kind;
        bool is_last = false;  // it never ends
        std::map<Like, uint64_t> made;
        std::map<Like, std::vector<uint64_t>> kept;  // handles
        std::map<Like, Cleared> freed;               // of the last one: lately
    };

    bool has_iterations(uint32_t process) const { return begun_.contains(process); }
    uint64_t turn_of(Group& group, const LiveBlock& block);
    void clear(Cleared& lately, uint32_t process, uint64_t turn, uint64_t birth, const Sum& sum) const;
    void free(uint32_t process, const Made& made);
    void free_in(Open& open, const Replay& replay, const LiveBlock& block);
    void add_last(const Open& open, Repetition& of) const;
    static bool was_cleared_late(const Group& group);
    static const Cleared* freed_late(const Group& group);
    static bool is_again(const Group& group);
    void drop_input(uint32_t process);

    const Recording& recording_;
    const Filter filter_;
    const Work& work_;
    UserLines lines_;
    std::map<OwnerKey, Group> groups_;  // process, place, op, tag, line
    boost::unordered_flat_map<Block, Made> live_;
    boost::unordered_flat_map<Block, uint64_t> turns_in_last_;  // that made what lives of iterations that never end
    std::map<uint32_t, std::vector<Converted*>> converted_;     // by process
    std::map<uint32_t, uint64_t> done_;  // work, by process: tensors that were made, and what ran
    std::set<uint32_t> begun_;           // processes whose iterations have begun
    std::set<uint32_t> not_whole_;       // processes that lived before the recording, or have a gap in it
    std::map<std::pair<uint32_t, uint64_t>, Open> open_;  // by process and number
    std::map<Kind, std::map<Like, uint64_t>> most_;       // that one iteration made, of those that ended
};

}  // namespace ttmem
