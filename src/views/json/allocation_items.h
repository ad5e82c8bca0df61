// Allocations as items of a list: the text that allocation_json() would have there, without a Json of each. There may
// be a million. What repeats is made once: the texts of processes, places, names and programs.
#pragma once

#include <string>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

class AllocationItems {
public:
    explicit AllocationItems(const Snapshot& snapshot);  // has to live as long as this

    // Appends an item of a list of a document (list_document.h), beginning with its indentation.
    void append(std::string& text, const Allocation& allocation) const;

private:
    const Snapshot& snapshot_;
    // With their escapes, by their number in the snapshot.
    std::vector<std::string> processes_;  // "ledger" and "pid"
    std::vector<std::string> places_;     // "place" and "chips"
    std::vector<std::string> texts_, programs_;
};

}  // namespace ttmem
