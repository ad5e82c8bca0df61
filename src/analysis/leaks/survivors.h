// What iterations of one kind leave behind: of each, what it made and lives when three more of them have ended.
//
// Iterations of one kind have one name and one thread, and are looked at alone, so that others beside them hide
// nothing; what lives for three at most, as results that the next one uses, does not count, so that it hides nothing
// either. What stays is growth unless it is bounded, as the last eight of something are, or belongs to cached programs
// (analysis/leaks/compiles.h).
//
// What tells too little for that, and what lives when its device is closed, is judged by the number that lived when
// each of them ended (analysis/leaks/trend.h); where too few of a kind ended, by that when any of its process did.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/leaks/compiles.h"
#include "src/analysis/leaks/growth.h"
#include "src/analysis/leaks/trend.h"
#include "src/analysis/leaks/work.h"
#include "src/analysis/replay/replay.h"

namespace ttmem {

class Survivors final : public ReplayObserver {
public:
    // Of blocks that count, see sum_in() of analysis/leaks/growth_rule.h.
    Survivors(const Filter& filter, const Work& work) : filter_(filter), work_(work) {}

    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure) override;
    void changed(const Replay& replay, const LiveBlock& block, bool) override;
    void applied(const Replay& replay, const Event& event) override;
    void ended(const Replay& replay) override;

    // Owners whose survivors grow, certain or probable: for each the kind of iterations that tells most. Where only the
    // trend grows, and all of it was freed later, OwnerGrowth::too_few.
    std::vector<OwnerGrowth> grown() const;

    // Owners that left something with programs that they compiled, and nothing else.
    std::vector<OwnerGrowth> pinned() const;

    // By process.
    std::map<uint32_t, Repetition> repetitions() const;

private:
    using Series = std::tuple<uint32_t, uint32_t, uint32_t>;              // process, thread, name_of_kind()
    using Owner = std::tuple<uint32_t, uint32_t, Pool, AllocationClass>;  // op, tag
    using Block = std::pair<uint32_t, uint64_t>;                          // process, handle

    // What one owner has of the iterations of one kind that were over for three more.
    struct Kept {
        Sum live, most, all;              // now, at most at one time, ever
        std::array<uint64_t, 4> early{};  // of iteration 1, 2, 3: whether it left something
        uint64_t iterations = 0;          // that left something
        uint64_t last = 0;                // the number of the latest of them
        uint64_t pause = 0;               // the most in a row that left nothing, between two that did
        bool otherwise = false;           // some came without a program that was compiled
        std::vector<uint64_t> unknown;    // handles: whether these are tables was not known yet
    };
    struct Iteration {
        uint64_t number = 0;         // among those of its kind
        std::vector<uint64_t> made;  // handles; some are free by now
    };
    struct Kind {
        Series series;
        uint32_t begun = 0;
        uint64_t ended = 0;
        std::deque<Iteration> recent;  // the last of them
        std::map<Owner, Kept> owners;
    };
    struct Open {
        Kind* kind = nullptr;  // entries of a map stay where they are
        Iteration iteration = {};
        size_t prune_at = 1 << 12;
    };
    using Source = std::tuple<Series, uint32_t, Owner>;  // place
    // What one owner made at a place in iterations of one kind; or an operation, under whatever tags, in any.
    struct Trending {
        const Kind* kind = nullptr;  // entries of a map stay where they are
        Trend trend;
        Sum live, most;          // now, and at most at one time
        bool outlasted = false;  // some lived when its place was closed, its process ended, or nothing more is recorded
        bool is_shared = false;  // some were freed when no iteration like theirs was under way
    };
    struct Turn {
        Trending* of = nullptr;  // null: its iteration did not end
        uint64_t number = 0;     // of that among those of the kind that ended
    };
    struct Made {
        Kind* kind;
        uint64_t iteration;
        Owner owner;
        Sum sum;
        uint32_t place = 0;
        std::array<Turn, 2> turns{};  // among those of its kind, and among all
        bool is_old = false;

        bool has_ended() const { return turns[0].of != nullptr; }
    };

    void end(uint32_t process, Open ended);
    void grow_old(uint32_t process, Kind& kind, const Iteration& iteration);
    void prune(uint32_t process, Open& open) const;
    Kind& all_of(uint32_t process);
    void follow(uint32_t process, const Kind& kind, const Iteration& iteration);
    static Source source_of(const Kind& kind, const Made& made);
    void outlast(const Block& block, uint64_t event);
    enum class Fate : uint8_t { kLeaked, kBounded, kUnknown };
    Fate fate_in(const Turn& turn, const Made& made) const;
    bool is_open(uint32_t process, const Kind& kind) const;
    bool is_replaced_by_others(const Source& source) const;
    void look_at_open(uint64_t event);
    uint64_t turns_of(const Trending& of, const Made& made) const;
    void add_trends(std::vector<OwnerGrowth>& grown) const;
    void forget(const Block& block);
    uint32_t name_of_kind(const std::vector<std::string>& texts, uint32_t name);
    void number(const Event& begun, Kind& kind);
    static void add_to(Kept& kept, const Sum& sum, uint64_t number);
    bool is_pinned(uint32_t process, const Owner& owner) const;
    static Certainty certainty_of(const Kind& kind, const Kept& kept);
    static uint64_t old_of(const Kind& kind);  // iterations that three more have ended since

    const Filter filter_;
    const Work& work_;  // has observed each event before this does
    Compiles compiles_;
    std::map<Source, Trending> trends_;
    std::map<uint32_t, std::set<uint64_t>> bounded_, unknown_;  // by process: handles of what outlasted
    uint64_t outlasted_in_ = 0;                                 // event
    std::set<const Kind*> open_kinds_;                          // then
    std::set<Source> kept_by_open_;                             // by iterations that were open then
    std::map<uint32_t, uint32_t> names_;                        // of an iteration: the first that was met of its kind
    std::map<std::string, uint32_t> stems_;                     // without numbers
    std::set<uint32_t> numbered_names_;                         // first ones of kinds with others, as "step 0" is
    std::map<Series, Kind> kinds_;
    std::map<std::pair<uint32_t, uint64_t>, Open> open_;  // by process and number
    struct Numbered {
        const Kind* kind = nullptr;
        uint32_t position = 0;  // among those of its kind
    };
    std::map<uint32_t, std::vector<Numbered>> numbered_;  // by process, and number of the iteration
    boost::unordered_flat_map<Block, Made> made_;         // what is live of iterations
};

}  // namespace ttmem
