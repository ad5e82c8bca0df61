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

// A living process that leaked a tensor on a mesh, and circular buffers that its program left behind there.
inline Snapshot leaked_and_left_behind() {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[0]};
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4;
    s.programs[0].destroyed = true;
    s.programs[0].op = 1;
    ProgramCbs cbs;
    cbs.left_behind = true;
    s.programs[0].cbs = {cbs};
    return s;
}

inline LeaksValues values_of(const Snapshot& s, const Filter& filter = {}) {
    const Over over = over_chips_of(filter);
    return {s, {leaks_of(s, filter), verdict_bytes(s, select(s, filter), over), over}};
}

}  // namespace ttmem
