// Exceptions of tt-metal and this library's frames. The library has no C++ and no unwinder of its own: it uses those of
// the process, once tt-metal is found.
//
// What a handler asks of tt-metal may throw. Such an exception ends in the stub that called the handler: the runtime
// never sees it, and it is counted. What an original throws passes on.
#ifndef TTMEM_PRELOAD_UNWINDING_H
#define TTMEM_PRELOAD_UNWINDING_H

#include <stdbool.h>
#include <stdint.h>

// Takes the functions of the process. false: it lacks one, so nothing may be asked of tt-metal.
bool find_unwinder(void* library);

// How many exceptions of accessors were swallowed.
extern uint64_t exceptions_swallowed;

struct registers;
// Calls work() with argument[0] and [1]; what it throws ends here. It must tell by itself whether it came to its end.
void run_guarded(void (*work)(struct registers*), uint64_t first, uint64_t second);

#endif
