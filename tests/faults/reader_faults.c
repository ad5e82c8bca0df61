/* Preloaded into a command: the n-th call of one function fails, as when the system has no more of something.
 *
 *     LD_PRELOAD=.../libreader_faults.so TTMEM_FAULT=FUNCTION:N:ERROR ttmem ps     the n-th call fails with this errno
 *     ... TTMEM_FAULT=FUNCTION:N:ERROR:COUNT ...                                   and so many calls from it on
 *
 * TTMEM_FAULT_FILE names a file that gets a line when the call was made: who does not find it knows that there are
 * fewer calls. Calls whose path or descriptor has nothing to do with what is looked at, such as those of the dynamic
 * loader, come before this library is asked. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

static char function[32];
static int nth, number, count = 1;
static atomic_int calls;

__attribute__((constructor)) static void read_plan(void) {
    const char* plan = getenv("TTMEM_FAULT");
    if (strcmp(program_invocation_short_name, "ttmem") != 0) return; /* what `ttmem run` starts is left alone */
    if (plan != NULL && sscanf(plan, "%31[^:]:%d:%d:%d", function, &nth, &number, &count) < 3) _exit(99);
}

void* __libc_malloc(size_t size);

/* Whether this call of `name` is the one. */
static int fails(const char* name) {
    if (nth == 0 || strcmp(name, function) != 0) return 0;
    const int call = atomic_fetch_add(&calls, 1) + 1;
    if (call < nth || call - nth >= count) return 0;
    const char* file = getenv("TTMEM_FAULT_FILE");
    __typeof__(&syscall) enter = (__typeof__(&syscall))dlsym(RTLD_NEXT, "syscall");
    const int fd = file == NULL ? -1 : (int)enter(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) enter(SYS_close, fd);
    errno = number;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REPLACED(result, name, parameters, failed, arguments) \
    REPLACED_AS(name, result, name, parameters, failed, arguments)
/* Of those with two names, one of them for large files, the same fault meets both. */
#define REPLACED_AS(called, result, name, parameters, failed, arguments) \
    result name parameters {                                             \
        static __typeof__(&name) real;                                   \
        if (real == NULL) real = REAL(name);                             \
        return fails(#called) ? (result)(failed) : real arguments;       \
    }

REPLACED(DIR*, opendir, (const char* path), NULL, (path))
REPLACED(DIR*, fdopendir, (int fd), NULL, (fd))
REPLACED(struct dirent*, readdir, (DIR * directory), NULL, (directory))
REPLACED(int, fstat, (int fd, struct stat* status), -1, (fd, status))
REPLACED(int, fstatat, (int fd, const char* path, struct stat* status, int flags), -1, (fd, path, status, flags))
REPLACED(int, stat, (const char* path, struct stat* status), -1, (path, status))
REPLACED(int, fstatfs, (int fd, struct statfs* status), -1, (fd, status))
REPLACED(ssize_t, pread, (int fd, void* to, size_t size, off_t offset), -1, (fd, to, size, offset))
REPLACED(ssize_t, read, (int fd, void* to, size_t size), -1, (fd, to, size))
REPLACED(ssize_t, readlink, (const char* path, char* to, size_t size), -1, (path, to, size))
REPLACED(FILE*, fopen, (const char* path, const char* mode), NULL, (path, mode))
REPLACED(int, lstat, (const char* path, struct stat* status), -1, (path, status))
REPLACED(int, socket, (int domain, int type, int protocol), -1, (domain, type, protocol))
REPLACED_AS(fstat, int, fstat64, (int fd, struct stat64* status), -1, (fd, status))
REPLACED_AS(pread, ssize_t, pread64, (int fd, void* to, size_t size, off64_t offset), -1, (fd, to, size, offset))
REPLACED_AS(fopen, FILE*, fopen64, (const char* path, const char* mode), NULL, (path, mode))
REPLACED(void*, mmap, (void* at, size_t size, int protection, int flags, int fd, off_t offset), MAP_FAILED,
         (at, size, protection, flags, fd, offset))

void* malloc(size_t size) { return fails("malloc") ? NULL : __libc_malloc(size); }

static mode_t mode_of(int flags, va_list list) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails("open") ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails("open") ? -1 : REAL(open64)(path, flags, mode);
}

/* Ledgers are opened by a system call that the C library has no function for. */
long syscall(long call, ...) {
    long arguments[6];
    va_list list;
    va_start(list, call);
    for (int i = 0; i < 6; ++i) arguments[i] = va_arg(list, long);
    va_end(list);
    if (call == SYS_openat2 && fails("openat2")) return -1;
    return REAL(syscall)(call, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

int openat(int directory, const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails("openat") ? -1 : REAL(openat)(directory, path, flags, mode);
}

int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void* argument = va_arg(list, void*);
    va_end(list);
    return fails("fcntl") ? -1 : REAL(fcntl)(fd, command, argument);
}
