// From one ledger's image to the values of a Snapshot: process, places, programs, allocations, failures.
//
// Numbers of the ledger (sessions, owners, texts, slots) become positions in the vectors of the snapshot. Texts of all
// processes share one table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/collector/cb_figures.h"
#include "src/collector/ledger_stacks.h"
#include "src/model/snapshot.h"
#include "src/reader/reader.h"

namespace ttmem {

// The place that a session opened. Requires: the session is not free.
Place place_of(const ledger::LedgerImage& image, size_t number, ProcessIndex process,
               const ledger::TickConverter& times);

// Place::opening of a session: its record may be used again, by another generation.
inline uint64_t opening_of(const ledger::SessionImage& session, size_t number) {
    return session.generation << 12 | number;
}

// A failure without its place and owner.
Failure failure_figures(const ledger::FailureImage& from, const ledger::TickConverter& times);

using EachAllocation = std::function<void(const Snapshot&, const Allocation&)>;

// Fills one Snapshot, process after process.
class Joiner {
public:
    // Goes on with a snapshot that has some processes already.
    explicit Joiner(Snapshot& snapshot);

    // `process` has been filled from the outside (path, pid, state, coverage ...); its failures and everything that
    // belongs to it come from `image`. `with_allocations` false: places and failures only.
    void add(Process process, const ledger::LedgerImage& image, const CbFiguresOfProcess& cbs,
             const ledger::TickConverter& times, bool with_allocations);

    // From now on allocations are handed to `each`, and the snapshot gets none; nothing: as before.
    void hand_to(EachAllocation each) { each_ = std::move(each); }

private:
    struct Owner {
        uint32_t op, tag, thread;
    };
    struct Holder {                       // a program or a trace
        uint32_t program = 0, trace = 0;  // 1 + index of one of them
        uint64_t clock = 0;               // when it was created
    };

    uint32_t intern(std::string_view text);
    void add_places(const ledger::LedgerImage& image, const ledger::TickConverter& times);
    void add_owners(const ledger::LedgerImage& image);
    void add_failures(const ledger::LedgerImage& image, const ledger::TickConverter& times, Process& process);
    void add_programs(const ledger::LedgerImage& image, const ledger::TickConverter& times);
    void add_cbs(const ledger::LedgerImage& image, const CbFiguresOfProcess& cbs, const ledger::TickConverter& times);
    void add_traces(const ledger::LedgerImage& image, const ledger::TickConverter& times);
    Owner owner_of(uint32_t number) const { return owners_[number < owners_.size() ? number : 0]; }
    void add_allocations(const ledger::LedgerImage& image, const ledger::TickConverter& times);

    Snapshot& snapshot_;
    EachAllocation each_;
    std::unordered_map<std::string, uint32_t> texts_;
    StackIndex stacks_;
    // Of the process that is being added:
    ProcessIndex process_;
    std::vector<uint32_t> places_;                     // by session: 1 + index of the place; 0 none
    std::vector<Owner> owners_;                        // by owner number
    std::unordered_map<uint64_t, uint32_t> programs_;  // by handle: 1 + index
    std::unordered_map<uint32_t, Holder> holders_;     // by slot
};

}  // namespace ttmem
