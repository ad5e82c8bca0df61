#include "adapters/preload/symbols.h"

#include <string.h>

const char* const hook_symbols[HOOK_COUNT] = {
#define X(id, symbol) [HOOK_##id] = #symbol,
    HOOKS(X, X)
#undef X
};

const uint8_t hook_needs[HOOK_COUNT] = {
    [HOOK_allocate_buffer] = NEED_MEMORY,   [HOOK_track_allocate] = NEED_MEMORY,
    [HOOK_deallocate_buffer] = NEED_MEMORY, [HOOK_deallocate_buffers] = NEED_MEMORY,
    [HOOK_mesh_initialize] = NEED_MEMORY,   [HOOK_mesh_initialized] = NEED_MEMORY,
    [HOOK_mesh_close] = NEED_MEMORY,        [HOOK_chip_unique_ids] = NEED_MEMORY,
    [HOOK_program_created] = NEED_PROGRAMS, [HOOK_program_destroyed] = NEED_PROGRAMS,
    [HOOK_add_program] = NEED_PROGRAMS,     [HOOK_load_binaries] = NEED_PROGRAMS,
    [HOOK_circular_buffer] = NEED_PROGRAMS, [HOOK_plan_circular_buffers] = NEED_PROGRAMS,
    [HOOK_trace_begin] = NEED_TRACES,       [HOOK_trace_end] = NEED_TRACES,
    [HOOK_trace_replay] = NEED_TRACES,
};

int hook_with_symbol(const char* symbol) {
    // Two of three names in a linkage table begin otherwise.
    if (strncmp(symbol, "_ZN2tt8tt_metal", 15) != 0 && strncmp(symbol, "_ZNK2tt3umd", 11) != 0) return -1;
    for (int i = 0; i < HOOK_COUNT; i++) {
        if (strcmp(symbol, hook_symbols[i]) == 0) return i;
    }
    return -1;
}
