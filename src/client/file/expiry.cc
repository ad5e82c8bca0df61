#include "src/client/file/expiry.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "src/client/file/directory.h"
#include "src/client/file/no_room.h"
#include "src/client/process/clock.h"
#include "src/client/process/hex.h"
#include "src/ledger/layout.h"
#include "src/ledger/run_id.h"

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
    uint64_t last_sign;   // that it lived then its header says, ns since 1970; 0: it says nothing
    bool awaited;         // somebody is about to read it: it goes last
    uint8_t run[16];      // of an awaited one
    uint32_t pid;         // of a dead one
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
        candidate.awaited = false;
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

// Whether the `ttmem run` with this id is still there.
bool is_being_read(int directory, const uint8_t (&run)[16]) {
    char name[40];
    write_hex(name, run, sizeof run);
    strcpy(name + 32, ".run");
    const int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool locked = is_locked(fd);
    close(fd);
    return locked;
}

// Whether a `ttmem run` is still there to read it, or it is of a run that this process belongs to.
bool is_awaited(int directory, int ledger, const uint8_t (&my_run)[16], uint8_t (&run)[16]) {
    static const uint8_t none[16] = {};
    if (pread(ledger, run, sizeof run, offsetof(ledger::StaticHeader, run_id)) != sizeof run) return false;
    if (memcmp(run, none, sizeof run) == 0) return false;
    for (size_t depth = ledger::run_depth(run); depth > 0; --depth) {  // any of the runs around it
        uint8_t around[16];
        ledger::run_around(run, depth, around);
        if (ledger::run_is_within(my_run, around) || is_being_read(directory, around)) return true;
    }
    return false;
}

// Of the live header; 0 where the file has none.
uint64_t word_at(int ledger, size_t offset) {
    uint64_t word = 0;
    const auto at = static_cast<off_t>(offsetof(ledger::Header, live) + offset);
    return pread(ledger, &word, sizeof word, at) == sizeof word ? word : 0;
}

// 0 where the file has none.
uint32_t pid_in(int ledger) {
    uint32_t pid = 0;
    const bool whole = pread(ledger, &pid, sizeof pid, offsetof(ledger::StaticHeader, pid)) == sizeof pid;
    return whole ? pid : 0;
}

// Since when the process of this ledger is known to be dead, 0 if it is not. A clean exit has left its time in the
// ledger, which is this user's own file and is believed no more than any other.
uint64_t dead_since(int directory, Candidate& candidate, uint64_t now, const uint8_t (&my_run)[16]) {
    const int fd = openat(directory, candidate.name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return 0;
    uint64_t since = 0;
    if (!is_locked(fd)) {
        candidate.awaited = is_awaited(directory, fd, my_run, candidate.run);
        candidate.pid = pid_in(fd);
        const uint64_t state = word_at(fd, offsetof(ledger::LiveHeader, state));
        const uint64_t wall = candidate.last_sign = word_at(fd, offsetof(ledger::LiveHeader, latest_wall_ns));
        if (candidate.written % 1'000'000'000 == kSeenDead) {
            since = candidate.written;
        } else if (state == static_cast<uint64_t>(ledger::LedgerState::kClosed) && wall != 0 && wall <= now) {
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

// The awaited ones go last, else who died first. Many are seen dead at one moment: then who lived for certain less long
// ago stays.
bool goes_before(const Candidate& one, const Candidate& other) {
    if (one.awaited != other.awaited) return other.awaited;
    if (one.dead_since != other.dead_since) return one.dead_since < other.dead_since;
    return one.last_sign < other.last_sign;
}

Candidate* first_to_go(Candidate* candidates, size_t count) {
    Candidate* first = nullptr;
    for (size_t i = 0; i < count; ++i) {
        if (candidates[i].dead_since == 0) continue;
        if (first == nullptr || goes_before(candidates[i], *first)) first = &candidates[i];
    }
    return first;
}

uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

// Never more than a quarter of the file system. More of awaited ones, of which many may end before they are read.
uint64_t most_dead_bytes(const FileSystem& system, bool awaited) {
    const uint64_t share = awaited ? system.total / 16 : 0;
    const uint64_t most = share > kMaxDeadBytes ? share : kMaxDeadBytes;
    return system.total != 0 ? smaller(most, system.total / 4) : most;
}

uint64_t remove_dead(int directory, Candidate* candidates, size_t count, const Need& need, uint64_t now) {
    uint64_t dead = 0, dead_bytes = 0;
    for (size_t i = 0; i < count; ++i) {
        candidates[i].dead_since = dead_since(directory, candidates[i], now, need.run);
        if (candidates[i].dead_since == 0) continue;
        ++dead;
        dead_bytes += candidates[i].bytes;
    }
    FileSystem system = file_system_of(directory);
    const bool may_suffice = system.free + dead_bytes >= need.bytes;
    uint64_t removed = 0;
    while (Candidate* first = first_to_go(candidates, count)) {
        const uint64_t age = now - (first->dead_since < now ? first->dead_since : now);
        const bool is_in_the_way = may_suffice && system.free < need.bytes;
        const bool too_much = dead_bytes > most_dead_bytes(system, first->awaited);
        const bool too_many = dead > kMaxDead || age > kMaxAge;
        if (!is_in_the_way && !too_much && !(too_many && age >= kFresh)) break;
        if (unlinkat(directory, first->name, 0) == 0) {
            ++removed;
            first->name[32] = 0;  // the id alone
            leave_removed_ledger(directory, first->name, first->pid, first->last_sign);
            if (first->awaited) leave_unread_ledger(directory, first->name, first->run);
        }
        first->dead_since = 0;
        --dead;
        dead_bytes -= first->bytes;
        system = file_system_of(directory);
    }
    return removed;
}

}  // namespace

FileSystem file_system_of(int directory) {
    struct statfs system {};
    if (fstatfs(directory, &system) != 0 || system.f_blocks == 0) return {0, UINT64_MAX / 2};  // without a limit
    const auto block = static_cast<uint64_t>(system.f_bsize);
    return {system.f_blocks * block, system.f_bavail * block};
}

uint64_t expire_dead_ledgers(int directory, const Need& need) {
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
    const FileSystem system = file_system_of(directory);
    const bool perhaps = count > kMaxDead || all_bytes > most_dead_bytes(system, false) || now - oldest > kMaxAge ||
                         system.free < need.bytes;
    const uint64_t removed = perhaps ? remove_dead(directory, candidates, count, need, now) : 0;
    if (removed != 0) remove_old_words(directory);
    munmap(memory, kBytes);
    return removed;
}

}  // namespace ttmem::client
