/* What a call into a shared library costs when the library does nothing. */
#include <stdint.h>

__attribute__((visibility("default"))) uint64_t bench_empty_call(const void* argument) {
    (void)argument;
    return 0;
}
