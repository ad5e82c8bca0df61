// What is known to be missing from an answer. It travels inside every Snapshot to every view.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttmem {

struct Coverage {
    // No figure is off or absent. Lost history alone leaves it true: what is live and its peaks need no history.
    bool complete = true;
    uint64_t events_lost = 0;  // history that was overwritten or not recorded
    // Allocations that were not recorded, ever: peaks and what leaked may be more. Bytes are requested ones, per chip.
    uint64_t untracked_allocations = 0, untracked_bytes = 0;
    // Those of them that may still be live, of an ended process those at its end: what is in use now may be more. Upper
    // bounds, but 0 is exact.
    uint64_t untracked_now_allocations = 0, untracked_now_bytes = 0;
    // Some ledgers or folders that may have what was asked for could not be read: without a process in the answer it is
    // not known whether there is one.
    bool unread = false;
    std::vector<std::string> notes;  // sentences for people, each said once

    bool misses_past() const { return untracked_allocations != 0; }      // figures of ever are bounds
    bool misses_live() const { return untracked_now_allocations != 0; }  // figures of now are

    // Adds a sentence unless it is there already. `incomplete`: the answer misses something because of it.
    void note(std::string sentence, bool incomplete = true);
    void note_unread(std::string sentence);  // the same, incomplete, of a ledger or folder that could not be read
    void merge(const Coverage& other);
};

}  // namespace ttmem
