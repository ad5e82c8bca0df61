// The ledgers that a process writes, out of its own memory: also those whose files are in no directory that is looked
// into, or in none that we see.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "src/model/ids.h"

namespace ttmem {

struct WrittenLedger {
    LedgerId id;   // 0: its memory may not be read by us
    LedgerId run;  // as the process says; 0 without
};

// `maps`: of /proc/PID/maps. A ledger that is still being made is not among them.
std::vector<WrittenLedger> written_ledgers(uint32_t pid, std::string_view maps);

}  // namespace ttmem
