// What a process leaves that could not record: a small file in a ledger directory, `<32 hexadecimal digits>.untracked`,
// with a line `NAME VALUE` per fact. Whoever misses the process finds out why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/collector/system.h"
#include "src/model/ids.h"

namespace ttmem {

struct UntrackedTrace {
    std::string path;
    uint32_t pid = 0;
    LedgerId run;        // TTMEM_RUN; 0 without
    std::string comm;    // foreign: not escaped
    std::string reason;  // "no-room", "no-permission", "nested-run", or what a later version says
    uint64_t needed_bytes = 0, free_bytes = 0;
    std::string limit;  // what was in the way, in words; "" unknown
};

// All that can be read, of any user.
std::vector<UntrackedTrace> untracked_traces(const System& system);

// "process 7 (python3) recorded nothing: ..., next: ...". Foreign names are escaped by whoever shows it.
std::string untracked_sentence(const UntrackedTrace& trace);

// Leaves one for the run that this process belongs to itself: what is started from here is followed under `run`, not
// under that one. In vain where there is no directory to leave it in.
void leave_nested_run_trace(const std::string& outer_run, const std::string& run);

}  // namespace ttmem
