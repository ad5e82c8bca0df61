#include "src/client/expiry.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/client/clock.h"
#include "src/client/directory.h"
#include "src/ledger/layout.h"

namespace ttmem::client {
namespace {

constexpr uint64_t kMaxDead = 64;
constexpr uint64_t kMaxDeadBytes = 128ull << 20;
constexpr uint64_t kMaxAge = 7ull * 24 * 3600 * 1'000'000'000;
constexpr uint64_t kFresh = 10ull * 60 * 1'000'000'000;
constexpr size_t kMaxCandidates = 1024;

struct Candidate {
    char name[40];        // <32 hex>.ledger
    uint64_t written;     // modification time, ns
    uint64_t bytes;       // memory that it takes
    uint64_t dead_since;  // ns since 1970; 0: alive, gone or not looked at
};

uint64_t nanoseconds(const timespec& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

bool is_ledger_name(const char* name) { return strlen(name) == 39 && strcmp(name + 32, ".ledger") == 0; }

size_t list(int directory, Candidate* candidates) {
    size_t count = 0;
    Names names(directory);
    while (const char* name = names.next()) {
        if (!is_ledger_name(name) || count == kMaxCandidates) continue;
        struct stat status {};
        if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode) ||
            status.st_uid != geteuid()) {
            continue;
        }
        Candidate& candidate = candidates[count++];
        strcpy(candidate.name, name);
        candidate.written = nanoseconds(status.st_mtim);
        candidate.bytes = static_cast<uint64_t>(status.st_blocks) * 512;
        candidate.dead_since = 0;
    }
    return count;
}

bool is_locked(int fd) {
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;  // in doubt it lives
}

// Since when the process of this ledger is known to be dead, 0 if it is not. A clean exit has left its time in the
// ledger, which is this user's own file and is believed no more than any other.
uint64_t dead_since(int directory, const Candidate& candidate, uint64_t now) {
    const int fd = openat(directory, candidate.name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return 0;
    uint64_t since = 0;
    if (!is_locked(fd)) {
        uint64_t state = 0, wall = 0;
        const auto at = [](size_t offset) { return static_cast<off_t>(offsetof(ledger::Header, live) + offset); };
        if (candidate.written % 1'000'000'000 == kSeenDead) {
            since = candidate.written;
        } else if (pread(fd, &state, 8, at(offsetof(ledger::LiveHeader, state))) == 8 &&
                   state == static_cast<uint64_t>(ledger::LedgerState::kClosed) &&
                   pread(fd, &wall, 8, at(offsetof(ledger::LiveHeader, latest_wall_ns))) == 8 && wall != 0 &&
                   wall <= now) {
            since = wall;
        } else {
            since = now;
            const timespec seen[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(now / 1'000'000'000), kSeenDead}};
            futimens(fd, seen);
        }
    }
    close(fd);
    return since;
}

}  // namespace

uint64_t expire_dead_ledgers(int directory) {
    constexpr size_t kBytes = kMaxCandidates * sizeof(Candidate);
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 0;
    auto* candidates = static_cast<Candidate*>(memory);
    const size_t count = list(directory, candidates);
    const uint64_t now = Clock::nanoseconds(CLOCK_REALTIME);

    uint64_t all_bytes = 0, oldest = now;
    for (size_t i = 0; i < count; ++i) {
        all_bytes += candidates[i].bytes;
        if (candidates[i].written < oldest) oldest = candidates[i].written;
    }
    uint64_t removed = 0;
    if (count > kMaxDead || all_bytes > kMaxDeadBytes || now - oldest > kMaxAge) {
        uint64_t dead = 0, dead_bytes = 0;
        for (size_t i = 0; i < count; ++i) {
            candidates[i].dead_since = dead_since(directory, candidates[i], now);
            if (candidates[i].dead_since == 0) continue;
            ++dead;
            dead_bytes += candidates[i].bytes;
        }
        for (;;) {
            Candidate* first = nullptr;
            for (size_t i = 0; i < count; ++i) {
                Candidate& candidate = candidates[i];
                if (candidate.dead_since != 0 && (first == nullptr || candidate.dead_since < first->dead_since)) {
                    first = &candidate;
                }
            }
            if (first == nullptr) break;
            const uint64_t age = now - (first->dead_since < now ? first->dead_since : now);
            const bool too_much = dead_bytes > kMaxDeadBytes;
            const bool too_many = dead > kMaxDead || age > kMaxAge;
            if (!too_much && !(too_many && age >= kFresh)) break;
            if (unlinkat(directory, first->name, 0) == 0) ++removed;
            first->dead_since = 0;
            --dead;
            dead_bytes -= first->bytes;
        }
    }
    munmap(memory, kBytes);
    return removed;
}

}  // namespace ttmem::client
