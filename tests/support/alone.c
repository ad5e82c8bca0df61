/* Preloaded, it lets a program find other programs' ledgers in a folder of its own instead of in /dev/shm and /run, so
 * that a test is alone on the machine where it may not mount anything.
 *
 *     LD_PRELOAD=.../libalone.so TTMEM_TEST_ALONE=FOLDER ttmem ps
 *
 * /dev/shm as a whole and /dev/shm/ttmem-* are FOLDER/shm and FOLDER/shm/ttmem-*, /run/ttmem is FOLDER/run/ttmem. Other
 * paths in /dev/shm, such as a test's own TTMEM_DIR, stay what they are. Only calls by which the client and the reader
 * come to their directories are replaced. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

static int begins_with(const char* text, const char* start) { return strncmp(text, start, strlen(start)) == 0; }

/* The path to use instead; `room` has PATH_MAX bytes. */
static const char* other(const char* path, char* room) {
    const char* folder = getenv("TTMEM_TEST_ALONE");
    if (folder == NULL || path == NULL) return path;
    const int is_shm = strcmp(path, "/dev/shm") == 0 || begins_with(path, "/dev/shm/ttmem-");
    const int is_run = strcmp(path, "/run/ttmem") == 0 || begins_with(path, "/run/ttmem/");
    if (!is_shm && !is_run) return path;
    const int length = snprintf(room, PATH_MAX, "%s%s", folder, path + (is_shm ? strlen("/dev") : 0));
    return length < PATH_MAX ? room : path;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

DIR* opendir(const char* path) {
    char room[PATH_MAX];
    return REAL(opendir)(other(path, room));
}

static mode_t mode_of(int flags, va_list list) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
    char room[PATH_MAX];
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_of(flags, list);
    va_end(list);
    return REAL(open)(other(path, room), flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
    char room[PATH_MAX];
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_of(flags, list);
    va_end(list);
    return REAL(openat)(directory, other(path, room), flags, mode);
}

int mkdirat(int directory, const char* path, mode_t mode) {
    char room[PATH_MAX];
    return REAL(mkdirat)(directory, other(path, room), mode);
}

int stat(const char* path, struct stat* status) {
    char room[PATH_MAX];
    return REAL(stat)(other(path, room), status);
}
