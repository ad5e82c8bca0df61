#include "src/client/file/directory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/client/process/hex.h"

namespace ttmem::client {
namespace {

struct DirectoryEntry {  // as getdents64 gives it
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[1];
};

// Opens the directory if it may hold ledgers. `forbidden`: mode bits that may not be.
int open_existing(int parent, const char* path, mode_t forbidden) {
    const int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    struct stat status {};
    struct statfs system {};
    const bool good = fstat(fd, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & forbidden) == 0 &&
                      fstatfs(fd, &system) == 0 && system.f_type == TMPFS_MAGIC &&
                      faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
    if (good) return fd;
    close(fd);
    return -1;
}

int open_checked(int parent, const char* path, mode_t forbidden) {
    mkdirat(parent, path, 0700);
    return open_existing(parent, path, forbidden);
}

// Somebody else has our name in /dev/shm: a directory of ours with a suffix that nobody can foresee.
int open_beside_squatter(int shm, const char* name) {
    const size_t length = strlen(name);
    Names names(shm);
    while (const char* found = names.next()) {
        if (strncmp(found, name, length) != 0 || found[length] != '-' || strlen(found) != length + 9) continue;
        const int fd = open_checked(shm, found, 077);
        if (fd >= 0) return fd;
    }
    uint8_t random[4];
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != sizeof random) return -1;
    char fresh[64];
    char* end = append_text(append_text(fresh, name), "-");
    write_hex(end, random, sizeof random);
    end[8] = 0;
    return open_checked(shm, fresh, 077);
}

}  // namespace

char* append_text(char* end, const char* text) {
    while (*text != 0) *end++ = *text++;
    *end = 0;
    return end;
}

char* append_number(char* end, uint64_t number) {
    char digits[20];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0) *end++ = digits[--count];
    *end = 0;
    return end;
}

// Somebody may have read it before through the same descriptor.
Names::Names(int directory) : directory_(directory) { lseek(directory_, 0, SEEK_SET); }

const char* Names::next() {
    if (offset_ >= length_) {
        length_ = syscall(SYS_getdents64, directory_, buffer_, sizeof buffer_);
        offset_ = 0;
        if (length_ <= 0) return nullptr;
    }
    const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer_ + offset_);
    offset_ += entry->length;
    return entry->name;
}

int open_ledger_directory(const char* wanted, bool& is_elsewhere) {
    is_elsewhere = false;
    // The user chose this one: that others may list it is his decision; ledgers in it are readable by him alone.
    if (wanted[0] == '/') {
        const int fd = open_checked(AT_FDCWD, wanted, 022);
        if (fd >= 0) return fd;
    }
    is_elsewhere = wanted[0] != 0;
    char name[64];
    append_number(append_text(name, "/run/ttmem/"), geteuid());
    int fd = open_checked(AT_FDCWD, name, 077);
    if (fd >= 0) return fd;

    const int shm = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (shm < 0) return -1;
    append_number(append_text(name, "ttmem-"), geteuid());
    fd = open_checked(shm, name, 077);
    if (fd < 0) fd = open_beside_squatter(shm, name);
    close(shm);
    return fd;
}

int open_run_directory(const char* wanted, const uint8_t (&run)[16]) {
    if (wanted[0] != '/') return -1;
    const int fd = open_existing(AT_FDCWD, wanted, 022);
    if (fd < 0) return -1;
    char mark[40];
    write_hex(mark, run, sizeof run);
    append_text(mark + 32, ".run");
    if (faccessat(fd, mark, F_OK, 0) == 0) return fd;
    close(fd);
    return -1;
}

}  // namespace ttmem::client
