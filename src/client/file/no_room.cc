#include "src/client/file/no_room.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/client/file/directory.h"
#include "src/client/process/hex.h"

namespace ttmem::client {
namespace {

constexpr char kPrefix[] = "untracked.", kRemoved[] = ".removed";
constexpr time_t kDay = 24 * 3600;
constexpr int kMostOld = 1024;  // looked at

bool is_word(const char* name) {
    const size_t size = strlen(name);
    return strncmp(name, kPrefix, strlen(kPrefix)) == 0 ||
           (size > strlen(kRemoved) && strcmp(name + size - strlen(kRemoved), kRemoved) == 0);
}

const char* word_of(NoRoom why) {
    static constexpr const char* kWords[] = {"room", "limit", "error", "off"};
    return kWords[static_cast<int>(why)];
}

void leave(int directory, const char* name) {
    const int fd = openat(directory, name, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd >= 0) close(fd);
}

}  // namespace

void remove_old_words(int directory) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    Names names(directory);
    int left = kMostOld;
    while (const char* name = names.next()) {
        if (!is_word(name)) continue;
        struct stat status {};
        fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW);  // one that is gone is no regular file
        if (S_ISREG(status.st_mode) && now.tv_sec - status.st_mtim.tv_sec > kDay) {
            unlinkat(directory, name, 0);
        }
        if (--left == 0) return;
    }
}

void leave_untracked_process(int directory, uint64_t start_ticks, const uint8_t (&run)[16], const Refusal& refusal) {
    remove_old_words(directory);
    char name[160];
    char* end = append_number(append_text(name, kPrefix), static_cast<uint64_t>(getpid()));
    end = append_text(append_number(append_text(end, "."), start_ticks), ".");
    write_hex(end, run, sizeof run);
    end = append_text(end + 32, ".");
    end = append_text(end, word_of(refusal.why));
    if (refusal.why == NoRoom::kError) end = append_number(end, static_cast<uint64_t>(refusal.error));
    end = append_number(append_text(end, "."), refusal.needed);
    append_number(append_text(end, "."), refusal.free);
    leave(directory, name);
}

void leave_removed_ledger(int directory, const char* ledger, uint32_t pid, uint64_t lived_at) {
    char name[160];
    char* end = append_number(append_text(append_text(name, ledger), "."), pid);
    end = append_number(append_text(end, "."), lived_at / 1'000'000'000);
    append_text(end, kRemoved);
    leave(directory, name);
}

void leave_unread_ledger(int directory, const char* ledger, const uint8_t (&run)[16]) {
    char name[160];
    char* end = append_text(append_text(append_text(name, kPrefix), ledger), ".");
    write_hex(end, run, sizeof run);
    append_text(end + 32, kRemoved);
    leave(directory, name);
}

void leave_ledger_elsewhere(int directory, int ledgers, const uint8_t (&ledger)[16], const uint8_t (&run)[16]) {
    struct stat here {
    }, there{};
    fstat(directory, &here);
    fstat(ledgers, &there);
    if (here.st_dev == there.st_dev && here.st_ino == there.st_ino) return;  // GCOV_EXCL_BR_LINE: file systems
    char name[160];
    char* end = append_text(name, kPrefix);
    write_hex(end, ledger, sizeof ledger);
    end = append_text(end + 32, ".");
    write_hex(end, run, sizeof run);
    end = append_number(append_text(end + 32, "."), static_cast<uint64_t>(getpid()));
    append_text(end, ".elsewhere");
    leave(directory, name);
}

}  // namespace ttmem::client
