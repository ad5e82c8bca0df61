#include "adapters/preload/observer.h"

#include <stdatomic.h>
#include <stddef.h>

#include "adapters/preload/context.h"

#define EXPORTED __attribute__((visibility("default")))

static _Atomic(void (*)(void)) after_operation, at_once;

EXPORTED void ttmem_preload_observe_failures(void (*after)(void), void (*now)(void));

void ttmem_preload_observe_failures(void (*after)(void), void (*now)(void)) {
    atomic_store(&after_operation, after);
    atomic_store(&at_once, now);
}

void observe_failure(void) {
    if (context.depth != 0) {
        context.has_failed = true;
        return;
    }
    void (*observer)(void) = atomic_load(&at_once);
    if (observer != NULL) observer();
}

void observe_end_of_operation(void) {
    context.has_failed = false;
    void (*observer)(void) = atomic_load(&after_operation);
    if (observer != NULL) observer();
}
