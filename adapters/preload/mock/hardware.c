// In mock runs only: no process of the run opens a device of Tenstorrent. tt-metal's mock has no use for one, so
// whoever does it has not understood that this is a mock run, or is another runtime; it is ended before the device is
// touched, also where there is none, so that a run is the same on every machine. Paths are followed through links,
// from folders that are open, and from where the process stands. Calls of the C library are looked at;
// programs that are linked statically, or call the kernel themselves, are kept away by `ttmem run`, without a word
// (src/machine/device_guard.h).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { kExitCode = 125 };  // as env and timeout have it: it is not the program that failed

static void say(const char* text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

static const char kDevices[] = "/dev/tenstorrent";

// Who looks what devices there are opens it.
static bool is_folder(const char* path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_device(const char* path) {
    const size_t length = sizeof kDevices - 1;
    return strncmp(path, kDevices, length) == 0 && path[length] == '/' && !is_folder(path);
}

// Whether links and steps lead there. Of what does not exist realpath() says how far it came, so a link to a device is
// seen where there is none, too.
static bool leads_to_device(int folder, const char* path) {
    char whole[PATH_MAX], end[PATH_MAX] = "";
    if (path[0] != '/' && folder != AT_FDCWD) {
        if ((size_t)snprintf(whole, sizeof whole, "/proc/self/fd/%d/%s", folder, path) >= sizeof whole) return false;
        path = whole;
    }
    if (realpath(path, end) != NULL) return is_device(end);
    if (strcmp(end, kDevices) != 0) return is_device(end);
    const char* last = strrchr(path, '/');
    return strcmp(last != NULL ? last + 1 : path, "tenstorrent") != 0;  // the folder itself may be asked for
}

// For the run, whose program may not say how this process ended.
static void leave_mark(void) {
    const char* folder = getenv("TTMEM_MOCK_FOLDER");
    char path[PATH_MAX];
    if (folder == NULL || (size_t)snprintf(path, sizeof path, "%s/opened", folder) >= sizeof path) return;
    const int file = creat(path, 0600);
    if (file >= 0) close(file);
}

static void end_if_device(int folder, const char* path) {
    if (path == NULL || path[0] == '\0') return;
    const int error = errno;
    const bool leads = is_device(path) || leads_to_device(folder, path);
    errno = error;
    if (!leads) return;
    const char* machine = getenv("TTMEM_MOCK");
    say("ttmem: ");
    say(path);
    say(" is a real device, and this is a run on a mock of ");
    say(machine != NULL ? machine : "a machine");
    say(": the program was ended before it opened it (exit code 125). Run it without --mock to use the device.\n");
    leave_mark();
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
        end_if_device(AT_FDCWD, path);                                      \
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
        end_if_device(folder, path);                                        \
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
        end_if_device(AT_FDCWD, path);                                      \
        return original(path, flags);                                       \
    }

#define OPEN_STREAM(name)                                                   \
    FILE* name(const char* path, const char* mode);                         \
    FILE* name(const char* path, const char* mode) {                        \
        static FILE* (*original)(const char*, const char*);                 \
        if (original == NULL) *(void**)&original = dlsym(RTLD_NEXT, #name); \
        end_if_device(AT_FDCWD, path);                                      \
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
