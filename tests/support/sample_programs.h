// What the tests of `programs` show, as text and as JSON.
#pragma once

#include "src/analysis/snapshot/programs.h"
#include "src/views/values/programs.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

// `matmul` of the sample with two circular buffers on 2 x 2 cores of both chips, resident on one of them; a program
// without any; one that left its own behind; and a trace.
inline Snapshot sample() {
    Snapshot s = sample_snapshot();
    ProgramCbs cbs;
    cbs.plan.buffers = {{0, false, 0x19000, 4096, {{0, 0, 1, 1}}},
                        {16, true, 0, 2048, {{0, 0, 0, 0}, {1, 1, 1, 1}}, CbKind::kDataflow}};
    cbs.reserved_bytes = 16384;
    cbs.largest_core = 4096;
    cbs.resident_bytes = 16384;
    ProgramCbs::OnChip on{ChipId{0xa1}, {}};
    on.cores.add({0, 0, 1, 1});
    cbs.resident_on = {on};
    s.programs[0].cbs = {cbs};
    s.programs[0].op = 1;
    for (ChipUse& use : s.processes[0].chips) use.cb = {16384, 8192, 4096, {}};

    Program plain;
    plain.handle = 0x800;
    plain.created_at = kSampleNow - 5 * kSecond;
    Program lost = plain;
    lost.handle = 0x900;
    lost.name = "bad\x1b[31m";
    lost.destroyed = true;
    ProgramCbs behind = cbs;
    behind.left_behind = true;
    behind.reserved_bytes = behind.resident_bytes = behind.largest_core = 0;
    behind.resident_on.clear();
    lost.cbs = {behind};
    s.programs.push_back(plain);
    s.programs.push_back(lost);

    Trace trace;
    trace.handle = 0xa00;
    trace.number = 3;
    trace.plans = 12;
    trace.replayed = true;
    trace.captured_at = kSampleNow - 2 * kSecond;
    s.traces = {trace};
    return s;
}

inline ProgramsValues values_of_programs(const Snapshot& s, size_t limit = 0, bool each_buffer = false) {
    return {s, select_programs(s), select_traces(s), limit, each_buffer, {}};
}

}  // namespace ttmem
