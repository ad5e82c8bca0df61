// In mock runs only: whether the C library refused this machine's own memory to a process of the run. What follows then
// says nothing of the device's memory, whatever the program makes of the error: one that catches it and does with less
// ends as well as any other. The first refusal leaves its size in the folder of the run; nothing else is looked at, and
// nothing is changed. What asks the kernel itself, or brings an allocator that is linked statically, is not seen.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    void* (*malloc)(size_t);
    void* (*calloc)(size_t, size_t);
    void* (*realloc)(void*, size_t);
    void* (*memalign)(size_t, size_t);
    void* (*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void**, size_t, size_t);
} next;

// Those of the allocator that the program would have without us. Threads that come at once find the same.
static void find_next(void) {
    static __thread bool finding __attribute__((tls_model("initial-exec")));
    if (finding) return;
    finding = true;
    *(void**)&next.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void**)&next.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void**)&next.memalign = dlsym(RTLD_NEXT, "memalign");
    *(void**)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void**)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    __atomic_thread_fence(__ATOMIC_RELEASE);
    *(void**)&next.malloc = dlsym(RTLD_NEXT, "malloc");
    finding = false;
}

static bool is_ready(void) {
    if (__atomic_load_n(&next.malloc, __ATOMIC_ACQUIRE) == NULL) find_next();
    return next.malloc != NULL;  // else the linker asks while it looks for them: it goes without
}

static void refused(size_t bytes) {
    static bool said;
    if (__atomic_exchange_n(&said, true, __ATOMIC_RELAXED)) return;
    const int error = errno;
    const char* folder = getenv("TTMEM_MOCK_FOLDER");
    char path[PATH_MAX], word[32];
    if (folder != NULL && snprintf(path, sizeof path, "%s/host_memory", folder) < (int)sizeof path) {
        const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        const int length = snprintf(word, sizeof word, "%zu\n", bytes);
        if (file >= 0 && write(file, word, (size_t)length) != length) unlink(path);
        if (file >= 0) close(file);
    }
    errno = error;
}

static void* told(void* memory, size_t bytes) {
    if (memory == NULL && bytes != 0 && errno == ENOMEM) refused(bytes);
    return memory;
}

void* malloc(size_t bytes) { return is_ready() ? told(next.malloc(bytes), bytes) : NULL; }

void* calloc(size_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
    return is_ready() ? told(next.calloc(count, size), bytes) : NULL;
}

void* realloc(void* memory, size_t bytes) { return is_ready() ? told(next.realloc(memory, bytes), bytes) : NULL; }

void* memalign(size_t alignment, size_t bytes) {
    return is_ready() ? told(next.memalign(alignment, bytes), bytes) : NULL;
}

void* aligned_alloc(size_t alignment, size_t bytes) {
    return is_ready() ? told(next.aligned_alloc(alignment, bytes), bytes) : NULL;
}

int posix_memalign(void** memory, size_t alignment, size_t bytes) {
    const int error = is_ready() ? next.posix_memalign(memory, alignment, bytes) : ENOMEM;
    if (error == ENOMEM) refused(bytes);
    return error;
}
