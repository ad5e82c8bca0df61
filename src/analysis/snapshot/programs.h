// Which programs of a snapshot a question is about, and which circular buffers were left behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/snapshot/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Everything that is set must fit. Texts fit when they occur anywhere in the name.
struct ProgramFilter {
    std::optional<ChipName> chip = {};  // one where it has circular buffers
    std::string name = {}, op = {};
    std::optional<bool> left_behind = {};
};

// Positions in Snapshot::programs: processes in the order of the snapshot, in each the largest core first, then the
// largest reserved bytes, then the order of creation.
std::vector<uint32_t> select_programs(const Snapshot& snapshot, const ProgramFilter& filter = {});

// Positions in Snapshot::traces that fit, in the order of the snapshot. Traces have no operation of their own.
std::vector<uint32_t> select_traces(const Snapshot& snapshot, const ProgramFilter& filter = {});

// The live programs that one operation of a process has made: a cache that grows shows here.
struct ProgramsOfOp {
    ProcessIndex process;
    uint32_t op = 0;  // into Snapshot::texts
    uint64_t programs = 0;
    uint64_t iterations = 0;  // different ones in which they were made
};
// Of positions in Snapshot::programs; the most programs first.
std::vector<ProgramsOfOp> programs_by_op(const Snapshot& snapshot, const std::vector<uint32_t>& programs);

// Whether what a program has at one place is what `filter` is about. Circular buffers lie in L1 and are no allocations:
// no filter on classes or standings means them. Operation and tag are those of the program's creation.
bool fits(const Snapshot& snapshot, const Program& program, const ProgramCbs& cbs, const Filter& filter);

// False: recorded by an older library, which records programs without their circular buffers; or some of its plans
// found no room. Then a program that has none may have some.
bool knows_cbs(const Process& process);

// Circular buffers that a program never gave back: it is gone, and a runtime that adds them up still counts them. They
// occupy nothing, so they are leaks of 0 bytes.
struct LeftBehind {
    uint32_t program = 0;  // into Snapshot::programs
    uint32_t cbs = 0;      // into its `cbs`
};
std::vector<LeftBehind> plans_left_behind(const Snapshot& snapshot);

}  // namespace ttmem
