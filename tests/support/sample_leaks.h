// What the tests of `leaks` show, as text and as JSON.
#pragma once

#include "src/views/values/leaks.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

// As the command has it: ended processes only.
inline Snapshot ended() {
    Snapshot s = sample_snapshot();
    s.processes[0].state = ProcessState::kExited;
    s.allocations.erase(s.allocations.begin(), s.allocations.begin() + 2);
    return s;
}

inline LeaksValues values_of(const Snapshot& s) {
    return {s, leaks_of(s), verdict_bytes(s, select(s, {}), s.coverage)};
}

}  // namespace ttmem
