// This process as its own ledger has it.
#pragma once

#include <optional>
#include <string>

#include "src/model/snapshot.h"

namespace ttmem::python {

struct OwnProcess {
    Snapshot snapshot;  // maybe with others, which say that they have the same pid
    ProcessIndex index;

    const Process& process() const { return snapshot.processes[index.value]; }
};

// nullopt where this process has no ledger: nothing of it was recorded so far. Under Python's lock; the ledger stays
// open from one call to the next.
std::optional<OwnProcess> own_process(bool with_allocations);

// "mesh 1"
std::string place_name(const Place& place);

}  // namespace ttmem::python
