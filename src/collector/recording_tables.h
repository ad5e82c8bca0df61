// The tables of a recording: what its events name. They only grow, so that an index stays valid to the end.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/collector/ledger_stacks.h"
#include "src/model/snapshot.h"

namespace ttmem {

class RecordingTables {
public:
    uint32_t text(std::string_view text);
    ProcessIndex process(const Process& process);  // the entry of its ledger, new if need be
    uint32_t place(Place place);                   // of its process and opening; what is there is brought up to date

    // 1 + index of the program or trace with this handle; 0 none.
    uint32_t program(ProcessIndex process, uint64_t handle) const { return find(programs_, process, handle); }
    uint32_t trace(ProcessIndex process, uint64_t handle) const { return find(traces_, process, handle); }
    void add(Program program);  // or brings it up to date
    void add(Trace trace);
    uint32_t add(CbPlan plan);  // 1 + its index
    // The call stack with this number in the ledger that `stacks` is of.
    uint32_t stack(const ledger::LedgerImage& image, uint32_t number, LedgerStacks& stacks) {
        return stacks.find(image, number, snapshot_.stacks, stacks_,
                           [&](uint32_t of_text) { return text(image.text(of_text)); });
    }

    // One process as it is now, in a Snapshot of its own: brings its entries up to date. Its programs and traces that
    // are not there have ended. Its allocations, in these tables' indices, go to `allocations`.
    void update(ProcessIndex process, const Snapshot& now, std::vector<Allocation>& allocations);

    Snapshot& snapshot() { return snapshot_; }
    const Snapshot& snapshot() const { return snapshot_; }

private:
    using Key = std::pair<uint32_t, uint64_t>;  // process; handle or opening
    using Index = std::map<Key, uint32_t>;      // 1 + index
    static uint32_t find(const Index& index, ProcessIndex process, uint64_t handle) {
        const auto at = index.find({process.value, handle});
        return at == index.end() ? 0 : at->second;
    }
    void update_holders(ProcessIndex process, const Snapshot& now, const std::vector<uint32_t>& texts,
                        const std::vector<uint32_t>& places);

    Snapshot snapshot_;  // without allocations
    std::unordered_map<std::string, uint32_t> texts_;
    StackIndex stacks_;
    std::map<LedgerId, uint32_t> processes_;
    Index places_, programs_, traces_;
};

}  // namespace ttmem
