// In mock runs only: with which status a process ended that ended by itself, as a file in the folder of the run: a
// ledger tells an end by _exit from a kill by nothing, and no end's status; and between the process and `ttmem run` may
// stand a shell that keeps its status to itself, as of a pipe. Ends with 0 after which a ledger is closed need no word.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// To be called in any state of the process, also between vfork() and execve().
static void leave_word(int status) {
    const char* folder = getenv("TTMEM_MOCK_FOLDER");
    char path[4096], word[16];
    if (folder == NULL || snprintf(path, sizeof path, "%s/ended/%d", folder, (int)getpid()) >= (int)sizeof path) return;
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return;
    const int length = snprintf(word, sizeof word, "%d\n", status & 0xff);
    if (write(file, word, (size_t)length) != length) unlink(path);
    close(file);
}

static void at_exit(int status, void* nothing) {
    (void)nothing;
    if ((status & 0xff) != 0) leave_word(status);
}

// Before all other handlers, so that it runs after them: what they do may still end the process otherwise.
__attribute__((constructor)) static void begin(void) { on_exit(at_exit, NULL); }

static _Noreturn void end(int status) {
    leave_word(status);
    for (;;) syscall(SYS_exit_group, status);
}

void _exit(int status) { end(status); }
void _Exit(int status) { end(status); }
