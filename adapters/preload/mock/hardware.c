// In mock runs only: no process of the run opens a device of Tenstorrent. tt-metal's mock has no use for one, so
// whoever does it has not understood that this is a mock run, or is another runtime; it is ended before the device is
// touched, also where there is none, so that a run is the same on every machine. Calls of the C library are looked at,
// not those of programs that are linked statically or have the kernel's interface of their own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { kExitCode = 125 };  // as env and timeout have it: it is not the program that failed

static void say(const char* text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

static void end_if_device(const char* path) {
    static const char kDevices[] = "/dev/tenstorrent/";
    if (path == NULL || strncmp(path, kDevices, sizeof kDevices - 1) != 0) return;
    const char* machine = getenv("TTMEM_MOCK");
    say("ttmem: ");
    say(path);
    say(" is a real device, and this is a run on a mock of ");
    say(machine != NULL ? machine : "a machine");
    say(": the program was ended before it opened it (exit code 125). Run it without --mock to use the device.\n");
    _exit(kExitCode);
}

static mode_t mode_of(int flags, va_list list) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                                                          \
    int name(const char* path, int flags, ...);                             \
    int name(const char* path, int flags, ...) {                            \
        static int (*original)(const char*, int, ...);                      \
        if (original == NULL) *(void**)&original = dlsym(RTLD_NEXT, #name); \
        end_if_device(path);                                                \
        va_list list;                                                       \
        va_start(list, flags);                                              \
        const mode_t mode = mode_of(flags, list);                           \
        va_end(list);                                                       \
        return original(path, flags, mode);                                 \
    }

#define OPEN_AT(name)                                                       \
    int name(int folder, const char* path, int flags, ...);                 \
    int name(int folder, const char* path, int flags, ...) {                \
        static int (*original)(int, const char*, int, ...);                 \
        if (original == NULL) *(void**)&original = dlsym(RTLD_NEXT, #name); \
        end_if_device(path);                                                \
        va_list list;                                                       \
        va_start(list, flags);                                              \
        const mode_t mode = mode_of(flags, list);                           \
        va_end(list);                                                       \
        return original(folder, path, flags, mode);                         \
    }

#define OPEN_CHECKED(name)                                                  \
    int name(const char* path, int flags);                                  \
    int name(const char* path, int flags) {                                 \
        static int (*original)(const char*, int);                           \
        if (original == NULL) *(void**)&original = dlsym(RTLD_NEXT, #name); \
        end_if_device(path);                                                \
        return original(path, flags);                                       \
    }

#define OPEN_STREAM(name)                                                   \
    FILE* name(const char* path, const char* mode);                         \
    FILE* name(const char* path, const char* mode) {                        \
        static FILE* (*original)(const char*, const char*);                 \
        if (original == NULL) *(void**)&original = dlsym(RTLD_NEXT, #name); \
        end_if_device(path);                                                \
        return original(path, mode);                                        \
    }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)
OPEN_CHECKED(__open_2)
OPEN_CHECKED(__open64_2)
OPEN_STREAM(fopen)
OPEN_STREAM(fopen64)
