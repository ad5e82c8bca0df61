#define _GNU_SOURCE
#include "adapters/preload/runtime.h"

#include <dlfcn.h>
#include <ttmem/ttmem.h>

#define X(id, symbol) extern const char stub_##id[];
HOOKS(X, X)
#undef X
const void* const hook_stubs[HOOK_COUNT] = {
#define X(id, symbol) [HOOK_##id] = stub_##id,
    HOOKS(X, X)
#undef X
};
const void* hook_originals[HOOK_COUNT];
uint32_t hook_state;

struct runtime runtime;

void take_functions(void* library) {
#define X(field, result, arguments, symbol) *(void**)&runtime.field = dlsym(library, symbol);
    ASKED(X)
#undef X
    if (runtime.operator_delete == NULL) *(void**)&runtime.operator_delete = dlsym(RTLD_DEFAULT, "_ZdlPv");
    for (int i = 0; i < HOOK_COUNT; i++) hook_originals[i] = dlsym(library, hook_symbols[i]);
}

struct statistics read_statistics(const void* allocator, uint32_t pool) {
    struct all_statistics found = {0};  // newer ones have no addresses
    call_returning(&found, runtime.allocator_statistics, allocator, &pool);
    if (found.addresses != NULL && runtime.operator_delete != NULL) runtime.operator_delete(found.addresses);
    return found.figures;
}
