#define _GNU_SOURCE
#include "adapters/preload/forks.h"

#include <errno.h>
#include <sys/mman.h>

void* wiped_memory(size_t size) {
    const int error = errno;
    void* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED && madvise(memory, size, MADV_WIPEONFORK) != 0) {
        munmap(memory, size);
        memory = MAP_FAILED;
    }
    errno = error;
    return memory != MAP_FAILED ? memory : NULL;
}
