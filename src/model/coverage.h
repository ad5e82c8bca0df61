// What is known to be missing from an answer. It travels inside every Snapshot to every view.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttmem {

struct Coverage {
    // No figure is off or absent. Lost history alone leaves it true: what is live and its peaks need no history.
    bool complete = true;
    uint64_t events_lost = 0;            // history that was overwritten or not recorded
    uint64_t untracked_allocations = 0;  // allocations that found no room in their ledger
    uint64_t untracked_bytes = 0;        // requested bytes per chip of those
    std::vector<std::string> notes;      // sentences for people, each said once

    // Adds a sentence unless it is there already. `incomplete`: the answer misses something because of it.
    void note(std::string sentence, bool incomplete = true);
    void merge(const Coverage& other);
};

}  // namespace ttmem
