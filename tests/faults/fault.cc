#include "tests/faults/fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "ttmem/ttmem.h"

namespace ttmem::faults {
namespace {

constexpr int kNoError = 0;

struct Plan {
    char function[32] = {};
    int nth = 0;  // 0: every call
    int error = kNoError;
    bool kill_before = false, kill_after = false, call_back = false, thread_calls = false, garbage = false;

    bool is_of(const char* name) const { return strcmp(function, name) == 0; }
};

std::atomic<int> calls{0};
std::atomic<bool> happened{false};

// FUNCTION:N:WHAT, or without N.
Plan read_plan(const char* text, bool has_number) {
    Plan made;
    const char* end = text == nullptr ? nullptr : strchr(text, ':');
    const char* what = end == nullptr || !has_number ? end : strchr(end + 1, ':');
    if (what == nullptr || end - text >= static_cast<long>(sizeof made.function)) return made;
    memcpy(made.function, text, static_cast<size_t>(end - text));
    made.nth = has_number ? atoi(end + 1) : 0;
    made.error = atoi(what + 1);
    made.kill_before = strcmp(what + 1, "kill-before") == 0;
    made.kill_after = strcmp(what + 1, "kill-after") == 0;
    made.call_back = strcmp(what + 1, "call-back") == 0;
    made.thread_calls = strcmp(what + 1, "thread-calls") == 0;
    made.garbage = strcmp(what + 1, "garbage") == 0;
    return made;
}

const Plan& plan() {
    static const Plan read = read_plan(getenv(kFaultVariable), true);
    return read;
}
const Plan& always() {
    static const Plan read = read_plan(getenv(kAlwaysVariable), false);
    return read;
}

// It comes as far as it can while this thread is here, which takes no time, and is still there afterwards.
void let_a_thread_call() {
    pthread_t thread;
    const auto call = [](void*) -> void* { return ttmem_intern("called meanwhile"), nullptr; };
    if (pthread_create(&thread, nullptr, call, nullptr) == 0) pthread_detach(thread);
    usleep(50'000);
}

// Calls the real function, or does what was asked for. `failed`: what the function gives with errno set.
template <class Result, class Call>
Result at_call(const char* name, Result failed, const Call& call) {
    if (always().is_of(name)) {
        errno = always().error;
        return failed;
    }
    const Plan& what = plan();
    if (!what.is_of(name) || calls.fetch_add(1) + 1 != what.nth) return call();
    happened.store(true);
    if (what.kill_before) raise(SIGKILL);
    if (what.call_back) ttmem_intern("called back");
    if (what.thread_calls) let_a_thread_call();
    if (what.error != kNoError && strcmp(name, "close") != 0 && strcmp(name, "munmap") != 0) {
        errno = what.error;
        return failed;
    }
    const Result result = call();
    if (what.kill_after) raise(SIGKILL);
    if (what.error == kNoError) return result;
    errno = what.error;  // closed all the same, as the kernel does
    return failed;
}

template <class Signature>
Signature* real(const char* name) {
    return reinterpret_cast<Signature*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

static bool gives_garbage() { return plan().garbage && happened.load(); }

bool has_happened() { return happened.load(); }

}  // namespace ttmem::faults

using ttmem::faults::at_call;
using ttmem::faults::real;

// The definition of a function that does what the real one does, but for the call that fails.
#define REPLACED(result, name, parameters, qualifier, failed, arguments)                        \
    result name parameters qualifier {                                                          \
        static auto* const function = real<decltype(name)>(#name);                              \
        return at_call(#name, static_cast<result>(failed), [&] { return function arguments; }); \
    }                                                                                           \
    static_assert(true)

extern "C" {

REPLACED(int, access, (const char* path, int mode), noexcept, -1, (path, mode));
REPLACED(int, close, (int fd), , -1, (fd));
REPLACED(int, faccessat, (int fd, const char* path, int mode, int flags), noexcept, -1, (fd, path, mode, flags));
REPLACED(int, fchmod, (int fd, mode_t mode), noexcept, -1, (fd, mode));
REPLACED(int, fstat, (int fd, struct stat* status), noexcept, -1, (fd, status));
REPLACED(int, fstatat, (int fd, const char* path, struct stat* status, int flags), noexcept, -1,
         (fd, path, status, flags));
REPLACED(int, stat, (const char* path, struct stat* status), noexcept, -1, (path, status));
REPLACED(int, fstatfs, (int fd, struct statfs* status), noexcept, -1, (fd, status));
REPLACED(int, ftruncate, (int fd, off_t size), noexcept, -1, (fd, size));
REPLACED(int, futimens, (int fd, const timespec times[2]), noexcept, -1, (fd, times));
REPLACED(ssize_t, getrandom, (void* to, size_t size, unsigned flags), , -1, (to, size, flags));
REPLACED(int, getrlimit, (__rlimit_resource_t what, rlimit* limit), noexcept, -1, (what, limit));
REPLACED(int, linkat, (int from, const char* path, int to, const char* name, int flags), noexcept, -1,
         (from, path, to, name, flags));
REPLACED(int, mkdirat, (int fd, const char* path, mode_t mode), noexcept, -1, (fd, path, mode));
REPLACED(void*, mmap, (void* at, size_t size, int protection, int flags, int fd, off_t offset), noexcept, MAP_FAILED,
         (at, size, protection, flags, fd, offset));
REPLACED(int, munmap, (void* memory, size_t size), noexcept, -1, (memory, size));
REPLACED(ssize_t, pread, (int fd, void* to, size_t size, off_t offset), , -1, (fd, to, size, offset));
REPLACED(int, unlinkat, (int fd, const char* path, int flags), noexcept, -1, (fd, path, flags));

ssize_t read(int fd, void* to, size_t size) {
    static auto* const function = real<decltype(read)>("read");
    const ssize_t got = at_call("read", ssize_t{-1}, [&] { return function(fd, to, size); });
    if (got > 0 && ttmem::faults::gives_garbage()) memset(to, 'z', static_cast<size_t>(got));
    return got;
}

// These give the error number.
int posix_fallocate(int fd, off_t offset, off_t size) {
    static auto* const function = real<decltype(posix_fallocate)>("posix_fallocate");
    const int failed = at_call("posix_fallocate", -1, [&] { return function(fd, offset, size); });
    return failed == -1 ? errno : failed;
}
int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
    static auto* const function = real<decltype(pthread_key_create)>("pthread_key_create");
    const int failed = at_call("pthread_key_create", -1, [&] { return function(key, destructor); });
    return failed == -1 ? errno : failed;
}

// It is part of every program, not of the C library, which has this function for it.
int __register_atfork(void (*)(), void (*)(), void (*)(), void*);
extern void* __dso_handle;
int pthread_atfork(void (*prepare)(), void (*parent)(), void (*child)()) noexcept {
    const int failed =
        at_call("pthread_atfork", -1, [&] { return __register_atfork(prepare, parent, child, &__dso_handle); });
    return failed == -1 ? errno : failed;
}

int madvise(void* memory, size_t size, int advice) noexcept {
    static auto* const function = real<decltype(madvise)>("madvise");
    constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE
    const char* name = advice == kPopulateWrite    ? "madvise_populate"
                       : advice == MADV_WIPEONFORK ? "madvise_wipe"
                                                   : "madvise";
    return at_call(name, -1, [&] { return function(memory, size, advice); });
}

// Of those with a variable number of arguments as many are handed on as there may be.
int open(const char* path, int flags, ...) {
    static auto* const function = real<int(const char*, int, ...)>("open");
    va_list list;
    va_start(list, flags);
    const auto mode = static_cast<mode_t>((flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, int) : 0);
    va_end(list);
    return at_call("open", -1, [&] { return function(path, flags, mode); });
}
int openat(int fd, const char* path, int flags, ...) {
    static auto* const function = real<int(int, const char*, int, ...)>("openat");
    va_list list;
    va_start(list, flags);
    const auto mode = static_cast<mode_t>((flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, int) : 0);
    va_end(list);
    return at_call((flags & O_TMPFILE) == O_TMPFILE ? "openat_unnamed" : "openat", -1,
                   [&] { return function(fd, path, flags, mode); });
}
int fcntl(int fd, int command, ...) {
    static auto* const function = real<int(int, int, ...)>("fcntl");
    va_list list;
    va_start(list, command);
    void* argument = va_arg(list, void*);
    va_end(list);
    return at_call("fcntl", -1, [&] { return function(fd, command, argument); });
}
int prctl(int option, ...) noexcept {
    static auto* const function = real<int(int, ...)>("prctl");
    va_list list;
    va_start(list, option);
    const unsigned long a = va_arg(list, unsigned long), b = va_arg(list, unsigned long),
                        c = va_arg(list, unsigned long), d = va_arg(list, unsigned long);
    va_end(list);
    return at_call("prctl", -1, [&] { return function(option, a, b, c, d); });
}
void* mremap(void* old, size_t old_size, size_t size, int flags, ...) noexcept {
    static auto* const function = real<void*(void*, size_t, size_t, int, ...)>("mremap");
    va_list list;
    va_start(list, flags);
    void* at = va_arg(list, void*);
    va_end(list);
    return at_call("mremap", MAP_FAILED, [&] { return function(old, old_size, size, flags, at); });
}
long syscall(long number, ...) noexcept {
    static auto* const function = real<long(long, ...)>("syscall");
    va_list list;
    va_start(list, number);
    const long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long),
               e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    const char* name = number == SYS_renameat2    ? "renameat2"
                       : number == SYS_getdents64 ? "getdents64"
                       : number == SYS_membarrier ? "membarrier"
                                                  : "syscall";
    return at_call(name, -1L, [&] { return function(number, a, b, c, d, e, f); });
}

}  // extern "C"
