#include "src/client/file/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/client/file/directory.h"
#include "src/client/process/hex.h"

namespace ttmem::client {
namespace {

constexpr uint64_t kPage = 4096;
constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14

// /proc/self/fd/N, without printf: this runs in the middle of anybody's program.
void descriptor_path(char (&path)[32], int fd) {
    strcpy(path, "/proc/self/fd/");
    char digits[12];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + fd % 10);
    while ((fd /= 10) != 0);
    char* end = path + strlen(path);
    while (count > 0) *end++ = digits[--count];
    *end = 0;
}

}  // namespace

bool populate(void* memory, uint64_t bytes) {
    if (madvise(memory, bytes, kPopulateWrite) == 0) return true;
    const int why = errno;
    if (why != EINVAL) give_memory_back(memory, bytes);  // what it got before the memory ran out
    errno = why == EFAULT ? ENOSPC : why;                // it says that a touch would be answered with SIGBUS
    return false;
}

void give_memory_back(void* memory, uint64_t bytes) { madvise(memory, bytes, MADV_REMOVE); }

bool LedgerFile::create(int directory, const ledger::Geometry& geometry) {
    *this = LedgerFile();
    directory_ = directory;
    // A file larger than this limit would be answered with a signal that kills the application.
    rlimit limit{};
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < geometry.total_bytes()) return false;
    if ((open_unnamed() || open_named()) && allocate_and_lock(geometry) && map(geometry)) return true;
    const int why = errno;
    discard();
    errno = why;
    return false;
}

bool LedgerFile::open_unnamed() {
    char path[32];
    fd_ = openat(directory_, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ < 0) return false;
    descriptor_path(path, fd_);
    if (access(path, F_OK) == 0) return true;
    close(fd_);  // without /proc it could never be given a name
    fd_ = -1;
    return false;
}

bool LedgerFile::open_named() {
    uint8_t random[16];
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != sizeof random) return false;
    strcpy(temporary_name_, ".new.");
    write_hex(temporary_name_ + 5, random, sizeof random);
    temporary_name_[37] = 0;
    fd_ = openat(directory_, temporary_name_, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ < 0) temporary_name_[0] = 0;
    return fd_ >= 0;
}

bool LedgerFile::allocate_and_lock(const ledger::Geometry& geometry) {
    if (ftruncate(fd_, static_cast<off_t>(geometry.total_bytes())) != 0) return false;
    errno = posix_fallocate(fd_, 0, static_cast<off_t>(geometry.fixed_bytes()));
    if (errno != 0) return false;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    return fcntl(fd_, F_OFD_SETLK, &lock) == 0;
}

bool LedgerFile::map(const ledger::Geometry& geometry) {
    const uint64_t bytes = geometry.total_bytes();
    reserved_bytes_ = bytes + 2 * kPage;
    void* reserved = mmap(nullptr, reserved_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return false;
    reserved_ = reserved;
    void* wanted = static_cast<char*>(reserved) + kPage;
    memory_ = mmap(wanted, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd_, 0);
    if (memory_ == MAP_FAILED) return false;
    if (madvise(memory_, bytes, MADV_DONTFORK) != 0) return false;  // a child must never hold the lock
    madvise(memory_, bytes, MADV_DONTDUMP);

    // Touch what every process uses now rather than page by page in its first calls.
    const ledger::WriterMap map = ledger::map_ledger(memory_, geometry);
    const uint64_t slots = geometry.first_slots();
    if (populate(memory_, geometry.fixed_bytes())) {
        events_are_lazy_ = true;
        const auto begin = [](void* table, uint64_t bytes) {
            return populate(table, bytes < ledger::kGrowthStep ? bytes : ledger::kGrowthStep);
        };
        return populate(map.slots, slots * sizeof(ledger::Slot)) &&
               populate(map.unique_ids, slots * sizeof(ledger::Word)) && begin(map.texts, geometry.text_bytes) &&
               begin(map.sessions, geometry.sessions * sizeof(ledger::SessionRecord)) &&
               begin(map.owners, geometry.owners * sizeof(ledger::OwnerRecord));
    }
    const bool can_never_be_lazy = errno == EINVAL;
    return can_never_be_lazy && slots == geometry.slots && posix_fallocate(fd_, 0, static_cast<off_t>(bytes)) == 0;
}

bool LedgerFile::publish(const uint8_t (&id)[16]) {
    char name[40];
    write_hex(name, id, sizeof id);
    strcpy(name + 32, ".ledger");
    if (fchmod(fd_, 0400) != 0) return false;
    if (temporary_name_[0] != 0) {
        if (syscall(SYS_renameat2, directory_, temporary_name_, directory_, name, RENAME_NOREPLACE) != 0) return false;
        temporary_name_[0] = 0;
    } else {
        char path[32];
        descriptor_path(path, fd_);
        if (linkat(AT_FDCWD, path, directory_, name, AT_SYMLINK_FOLLOW) != 0) return false;
    }
    close(fd_);
    fd_ = -1;
    return true;
}

void LedgerFile::discard() {
    if (temporary_name_[0] != 0) unlinkat(directory_, temporary_name_, 0);
    if (reserved_ != nullptr) munmap(reserved_, reserved_bytes_);
    if (fd_ >= 0) close(fd_);
    *this = LedgerFile();
}

}  // namespace ttmem::client
