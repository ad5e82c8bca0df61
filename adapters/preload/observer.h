// Whoever wants to know at once that an allocation or a plan failed: `ttmem.on_allocation_failure()` in Python. What
// failed is in the ledger by then.
#ifndef TTMEM_PRELOAD_OBSERVER_H
#define TTMEM_PRELOAD_OBSERVER_H

#ifdef __cplusplus
extern "C" {
#endif

// `after_operation` is called in the failure's thread when the operation of ttnn that it happened in has ended:
// tt-metal has let go of its locks, and Python's lock is held as for ttmem_preload_op_end(). Where no operation is told
// `at_once` is called where it happens, inside tt-metal: it may not wait and may not call it. Both NULL: no one wants
// to know.
void ttmem_preload_observe_failures(void (*after_operation)(void), void (*at_once)(void));

#ifdef __cplusplus
}
#else
// Something has failed in this thread, and is recorded.
void observe_failure(void);
// Its outermost or an inner operation has ended.
void observe_end_of_operation(void);
#endif

#endif
