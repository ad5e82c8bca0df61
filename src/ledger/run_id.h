// The id of a run (TTMEM_RUN) says which runs it is within: it begins as theirs do.
//
//   7 bytes of the outermost run | 5 of a run within it | 4 of one within that; those that are not needed are 0
//
// So a process carries the ids of all runs around it, and each of them finds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ttmem::ledger {

constexpr size_t kRunIdEnds[] = {7, 12, 16};  // of the first, second and third part

// How many parts it has: 1 to 3.
inline size_t run_depth(const uint8_t (&run)[16]) {
    static constexpr uint8_t kNone[16] = {};
    if (memcmp(run + kRunIdEnds[1], kNone, kRunIdEnds[2] - kRunIdEnds[1]) != 0) return 3;
    return memcmp(run + kRunIdEnds[0], kNone, kRunIdEnds[1] - kRunIdEnds[0]) != 0 ? 2 : 1;
}

// The id of the run around it with so many parts, or the run itself.
inline void run_around(const uint8_t (&run)[16], size_t depth, uint8_t (&around)[16]) {
    memset(around, 0, sizeof around);
    memcpy(around, run, kRunIdEnds[depth - 1]);
}

// Whether it is `outer` or within it. No run (all 0) has anything within it.
inline bool run_is_within(const uint8_t (&run)[16], const uint8_t (&outer)[16]) {
    static constexpr uint8_t kNone[16] = {};
    if (memcmp(outer, kNone, sizeof outer) == 0) return false;  // GCOV_EXCL_BR_LINE: the client has no such question
    return memcmp(run, outer, kRunIdEnds[run_depth(outer) - 1]) == 0;
}

}  // namespace ttmem::ledger
