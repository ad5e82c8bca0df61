// Compiled programs, by their ProgramImpl*, and the workloads that they are launched in.
//
// A program is told to ttmem at its first launch: the twin that a miss of the program cache makes and drops is none.
// Plans are made before a launch, also by a capture that launches nothing; they are told with the next launch.
#ifndef TTMEM_PRELOAD_PROGRAMS_H
#define TTMEM_PRELOAD_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

#include "adapters/preload/plan.h"

struct program {
    const void* impl;
    const void* workload;  // MeshWorkloadImpl*; NULL: none yet
    struct program* next;  // of the workload
    uint64_t id;
    ttmem_text operation;  // that made it
    ttmem_handle handle;   // 0: not told yet

    bool has_range;
    uint32_t first[2], last[2];  // row and column of the first and the last chip

    const void* placed_on;  // the mesh that `place` was found for
    ttmem_place place;
    struct plan plan;
};

bool programs_begin(void);

// NULL: unknown, or the parent's.
struct program* program_of(const void* impl);

#endif
