#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <set>
#include <string_view>
#include <utility>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "src/base/fd.h"
#include "src/collector/listing.h"
#include "src/collector/system.h"
#include "src/ledger/layout.h"

namespace ttmem {
namespace {

constexpr long kTmpfs = 0x01021994;
constexpr long kRamfs = 0x858458f6;
constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr std::string_view kSuffix = ".ledger";

WallTime to_wall(const timespec& time) { return static_cast<WallTime>(time.tv_sec) * kNsPerSecond + time.tv_nsec; }

FileFacts facts_of(const struct stat& status) {
    FileFacts facts;
    facts.device = status.st_dev;
    facts.inode = status.st_ino;
    facts.uid = status.st_uid;
    facts.bytes = static_cast<uint64_t>(status.st_size);
    facts.bytes_taken = static_cast<uint64_t>(status.st_blocks) * 512;
    facts.modified_at = to_wall(status.st_mtim);
    return facts;
}

bool same_file(const FileFacts& a, const FileFacts& b) { return a.device == b.device && a.inode == b.inode; }

Error system_error(std::string what) { return {std::move(what), std::strerror(errno), ""}; }

// <32 lower-case hexadecimal digits>.ledger
bool is_ledger_name(std::string_view name) {
    return name.size() == 32 + kSuffix.size() && name.ends_with(kSuffix) &&
           name.find_first_not_of("0123456789abcdef") == 32;
}

class RealFile final : public LedgerFile {
public:
    RealFile(ScopedFd fd, const FileFacts& facts) : fd_(std::move(fd)), facts_(facts), source_(fd_.get()) {}
    const FileFacts& facts() const override { return facts_; }
    const ledger::ByteSource& bytes() const override { return source_; }

    // Asked as somebody who wants to read: only a write lock is in the way of that. Whoever can open the file could
    // take a read lock and look alive; a write lock needs a descriptor that can write.
    bool writer_lives() const override {
        struct flock lock {};
        lock.l_type = F_RDLCK;
        lock.l_whence = SEEK_SET;
        lock.l_len = 1;
        if (::fcntl(fd_.get(), F_OFD_GETLK, &lock) != 0) {
            life_is_known_ = false;
            return true;
        }
        return lock.l_type != F_UNLCK;
    }
    bool life_is_known() const override { return life_is_known_; }

private:
    ScopedFd fd_;
    FileFacts facts_;
    mutable bool life_is_known_ = true;
    ledger::FdSource source_;
};

// O_NONBLOCK: neither a pipe without a writer nor somebody's lease makes us wait.
constexpr int kOpenFlags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;

ScopedFd open_beneath(int directory, const char* name) {
    open_how how{};
    how.flags = kOpenFlags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    const long fd = ::syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (fd >= 0) return ScopedFd(static_cast<int>(fd));
    if (errno != ENOSYS && errno != EPERM && errno != EINVAL) return ScopedFd();
    return ScopedFd(::openat(directory, name, kOpenFlags));  // a kernel or a container without openat2
}

// A shortage may be over at the next look; a refusal stays one.
Error opening_error() {
    const bool passes = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO || errno == EINTR;
    Error error = system_error("it cannot be opened");
    if (passes) error.next = "look again";
    return error;
}

class RealDirectory final : public LedgerDirectory {
public:
    RealDirectory(std::string path, ScopedFd fd, uint32_t owner, std::string note)
        : path_(std::move(path)), fd_(std::move(fd)), owner_(owner), note_(std::move(note)) {}

    const std::string& path() const override { return path_; }
    uint32_t owner() const override { return owner_; }
    const std::string& note() const override { return note_; }

    LedgerNames names(size_t limit) const override {
        LedgerNames found;
        ScopedFd fd(::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const ScopedDirectory listing(fd ? ::fdopendir(fd.get()) : nullptr);
        if (!listing) {
            found.error = std::strerror(errno);
            return found;
        }
        fd.release();  // the listing's now
        while (const dirent* entry = next_entry(listing.get())) {
            if (!is_ledger_name(entry->d_name)) continue;
            if (found.names.size() < limit) {
                found.names.emplace_back(entry->d_name);
            } else {
                ++found.left_out;
            }
        }
        if (errno != 0) found.error = std::strerror(errno);
        return found;
    }

    Result<std::unique_ptr<LedgerFile>> open(const std::string& name) const override {
        ScopedFd fd = open_beneath(fd_.get(), name.c_str());
        if (!fd) {
            if (errno == ENOENT) return Error{};
            if (errno == ELOOP) return Error{"it is a symbolic link", "", ""};
            return opening_error();
        }
        struct stat status {};
        if (::fstat(fd.get(), &status) != 0) return opening_error();
        if (!S_ISREG(status.st_mode)) return Error{"it is no regular file", "", ""};
        if (status.st_uid != owner_) {
            return Error{"it belongs to user " + std::to_string(status.st_uid) + ", its directory to user " +
                             std::to_string(owner_),
                         "", ""};
        }
        if (status.st_nlink == 0) return Error{};
        if (status.st_nlink != 1) return Error{"it has more than one name", "", ""};
        if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return Error{"it has a set-user-id bit", "", ""};
        const auto bytes = static_cast<uint64_t>(status.st_size);
        if (bytes < ledger::kHeaderBytes) return Error{"it is too short for a ledger", "", ""};
        if (bytes > ledger::kMaxLedgerBytes) return Error{"it is larger than 256 MiB", "", ""};
        return std::unique_ptr<LedgerFile>(new RealFile(std::move(fd), facts_of(status)));
    }

    Result<void> remove(const std::string& name, const FileFacts& file) override {
        if (!still_is(name, file)) return Error{"it is not there any more", "", ""};
        if (::unlinkat(fd_.get(), name.c_str(), 0) != 0) return system_error("it cannot be removed");
        return {};
    }

    Result<void> mark_dead(const std::string& name, const FileFacts& file, WallTime now) override {
        if (!still_is(name, file)) return Error{"it is not there any more", "", ""};
        const timespec times[2] = {{0, UTIME_OMIT}, {now / kNsPerSecond, kSeenDeadNanoseconds}};
        if (::utimensat(fd_.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
            return system_error("its time cannot be set");
        }
        return {};
    }

private:
    bool still_is(const std::string& name, const FileFacts& file) const {
        struct stat status {};
        return ::fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               same_file(facts_of(status), file);
    }

    std::string path_;
    ScopedFd fd_;
    uint32_t owner_;
    std::string note_;
};

class RealSystem final : public System {
public:
    explicit RealSystem(std::string extra) : extra_(std::move(extra)) {}
    std::string chosen_directory() const override { return extra_; }

    uint32_t user() const override { return ::geteuid(); }

    WallTime now() const override {
        timespec time{};
        ::clock_gettime(CLOCK_REALTIME, &time);
        return to_wall(time);
    }

    std::optional<uint64_t> tsc() const override {
#if defined(__x86_64__)
        return __rdtsc();
#else
        return std::nullopt;
#endif
    }

    std::array<uint8_t, 16> boot_id() const override { return boot_id_; }
    bool maps(uint32_t pid, const FileFacts& file) const override;

    LedgerDirectories directories() const override {
        LedgerDirectories found;
        std::set<std::pair<uint64_t, uint64_t>> seen;
        if (!extra_.empty()) add(extra_, true, seen, found);
        for (const std::string& name : entries("/run/ttmem", found)) {
            if (name.find_first_not_of("0123456789") == std::string::npos) {
                add("/run/ttmem/" + name, false, seen, found);
            }
        }
        for (const std::string& name : entries("/dev/shm", found)) {
            if (name.starts_with("ttmem-")) add("/dev/shm/" + name, false, seen, found);
        }
        return found;
    }

private:
    static std::array<uint8_t, 16> read_boot_id();
    static std::vector<std::string> entries(const char* path, LedgerDirectories& found);
    static void add(const std::string& path, bool chosen, std::set<std::pair<uint64_t, uint64_t>>& seen,
                    LedgerDirectories& found);

    std::string extra_;
    const std::array<uint8_t, 16> boot_id_ = read_boot_id();
};

std::vector<std::string> RealSystem::entries(const char* path, LedgerDirectories& found) {
    constexpr size_t kMost = 4096;  // directories; anybody may make some in /dev/shm
    std::vector<std::string> names;
    const ScopedDirectory listing(::opendir(path));
    if (!listing) {
        if (errno != ENOENT) found.unreadable.push_back({path, std::strerror(errno)});
        return names;
    }
    size_t left_out = 0;
    while (const dirent* entry = next_entry(listing.get())) {
        if (entry->d_name[0] == '.') continue;
        if (names.size() < kMost) {
            names.emplace_back(entry->d_name);
        } else {
            left_out += std::string_view(entry->d_name).starts_with("ttmem-") ? 1 : 0;
        }
    }
    if (errno != 0) found.unreadable.push_back({path, std::strerror(errno)});
    if (left_out != 0) {
        found.unreadable.push_back({path, "it has more than " + std::to_string(kMost) + " entries, " +
                                              std::to_string(left_out) + " directories of ledgers among the rest"});
    }
    return names;
}

// `chosen`: the user named it, so it may be a link, and on any file system.
void RealSystem::add(const std::string& path, bool chosen, std::set<std::pair<uint64_t, uint64_t>>& seen,
                     LedgerDirectories& found) {
    ScopedFd fd(
        ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (chosen ? 0 : O_NOFOLLOW)));
    if (!fd) {
        // One that is not there yet has nothing in it. What is no directory, or a link, nobody records in, unless it
        // was one when a chosen one was recorded in.
        if (errno == ENOENT || (!chosen && (errno == ENOTDIR || errno == ELOOP))) return;
        const std::string why = std::strerror(errno);
        struct stat status {};
        const bool of_another = !chosen && (errno == EACCES || errno == EPERM) && ::lstat(path.c_str(), &status) == 0 &&
                                status.st_uid != ::geteuid();
        found.unreadable.push_back({path, why, of_another});
        return;
    }
    struct stat status {};
    struct statfs file_system {};
    if (::fstat(fd.get(), &status) != 0 || ::fstatfs(fd.get(), &file_system) != 0) {
        found.unreadable.push_back({path, std::strerror(errno)});
        return;
    }
    if (!seen.insert({status.st_dev, status.st_ino}).second) return;
    const auto type = static_cast<long>(file_system.f_type);
    const bool in_memory = type == kTmpfs || type == kRamfs;
    if (!in_memory && !chosen) return;
    std::string note;
    if (!in_memory) {
        note = "'" + path +
               "' is not on tmpfs: no one records there, and whether the writers of its ledgers live may be unknown";
    }
    found.readable.push_back(std::make_unique<RealDirectory>(path, std::move(fd), status.st_uid, std::move(note)));
}

std::array<uint8_t, 16> RealSystem::read_boot_id() {
    std::array<uint8_t, 16> id{};
    const ScopedFd fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    char text[64];
    const ssize_t length = fd ? ::read(fd.get(), text, sizeof text) : 0;
    size_t digits = 0;
    for (ssize_t i = 0; i < length && digits < 32; ++i) {
        const char c = text[i];
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) continue;
        id[digits / 2] = static_cast<uint8_t>(id[digits / 2] << 4 | value);
        ++digits;
    }
    return id;
}

// /proc/PID/maps: "7f00-7f01 rw-s 00000000 00:1b 1234 /dev/shm/..."; device and inode in columns 4 and 5.
bool RealSystem::maps(uint32_t pid, const FileFacts& file) const {
    std::FILE* maps = std::fopen(("/proc/" + std::to_string(pid) + "/maps").c_str(), "re");
    if (maps == nullptr) return false;
    bool found = false;
    char* line = nullptr;
    size_t room = 0;
    while (!found && ::getline(&line, &room, maps) > 0) {
        unsigned major = 0, minor = 0;
        unsigned long long inode = 0;
        if (std::sscanf(line, "%*s %*s %*s %x:%x %llu", &major, &minor, &inode) != 3) continue;
        found = inode == file.inode && ::makedev(major, minor) == file.device;
    }
    std::free(line);
    std::fclose(maps);
    return found;
}

}  // namespace

std::unique_ptr<System> real_system(std::string extra_directory) {
    return std::make_unique<RealSystem>(std::move(extra_directory));
}

std::unique_ptr<System> real_system() {
    const char* chosen = std::getenv("TTMEM_DIR");
    return real_system(chosen == nullptr ? "" : chosen);
}

}  // namespace ttmem
