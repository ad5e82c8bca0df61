#include "src/machine/checks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/fd.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNotOnTmpfs = "it is not on tmpfs";
constexpr uint64_t kLedgersOfRoom = 8;  // so many programs should fit side by side

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Why a directory cannot hold this user's ledgers; "" when it can.
std::string objection(const std::string& path, mode_t forbidden) {
    struct stat status {};
    struct statfs system {};
    if (::lstat(path.c_str(), &status) != 0) return std::strerror(errno);
    if (!S_ISDIR(status.st_mode)) return "it is not a directory";
    if (status.st_uid != ::geteuid()) return fmt::format("it belongs to user {}", status.st_uid);
    if ((status.st_mode & forbidden) != 0) return fmt::format("its mode {:o} lets others in", status.st_mode & 0777u);
    if (::statfs(path.c_str(), &system) != 0) return std::strerror(errno);
    if (system.f_type != TMPFS_MAGIC) return std::string(kNotOnTmpfs);
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return std::strerror(errno);
    return "";
}

// What makes `path` fit, by what is wrong with it.
std::string remedy(const std::string& path, const std::string& problem) {
    struct stat status {};
    const bool is_new = path.front() == '/' && ::lstat(path.c_str(), &status) != 0 && errno == ENOENT;
    if (problem == kNotOnTmpfs || (is_new && !path.starts_with("/dev/shm/")))
        return "choose one on tmpfs: mkdir -m 755 /dev/shm/ledgers; export TTMEM_DIR=/dev/shm/ledgers";
    if (is_new) return "mkdir -m 755 " + path;
    return "it must be a directory of yours that others cannot write to: chmod 755 " + path + ", or choose another";
}

Finding room_in(const std::string& path, uint64_t ledger_bytes) {
    struct statfs system {};
    if (::statfs(path.c_str(), &system) != 0) return {Health::kFailure, "room", path + ": " + std::strerror(errno), ""};
    const uint64_t free = static_cast<uint64_t>(system.f_bavail) * static_cast<uint64_t>(system.f_bsize);
    const std::string found =
        fmt::format("{} free in {}; a ledger begins with {}", human_bytes(free), path, human_bytes(ledger_bytes));
    if (free >= kLedgersOfRoom * ledger_bytes) return {Health::kOk, "room", found, ""};
    return {free < ledger_bytes ? Health::kFailure : Health::kWarning, "room", found,
            "ttmem gc --all, or more memory for it (docker run --shm-size=256m), or a smaller TTMEM_LEDGER_SLOTS"};
}

// The directory in /dev/shm, which a program makes when it is not there.
Finding default_directory() {
    const std::string shm = "/dev/shm", own = fmt::format("{}/ttmem-{}", shm, ::geteuid());
    struct statfs system {};
    if (::statfs(shm.c_str(), &system) != 0 || system.f_type != TMPFS_MAGIC) {
        return {Health::kFailure, "ledger directory", shm + " is not there or not on tmpfs: nothing will be recorded",
                "mount -t tmpfs tmpfs /dev/shm, or set TTMEM_DIR to a directory of yours on tmpfs"};
    }
    const std::string problem = objection(own, 077);
    if (problem.empty()) return {Health::kOk, "ledger directory", own, ""};
    if (fs::symlink_status(own).type() != fs::file_type::not_found) {
        return {Health::kWarning, "ledger directory",
                fmt::format("{} cannot be used ({}); ledgers go to {}-<8 digits>", own, problem, own),
                "find out who made it; as root it can be removed"};
    }
    if (::faccessat(AT_FDCWD, shm.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
        return {Health::kOk, "ledger directory", own + " (made by the first program that records)", ""};
    }
    return {Health::kFailure, "ledger directory", shm + " cannot be written: nothing will be recorded",
            "chmod 1777 /dev/shm, or set TTMEM_DIR to a directory of yours on tmpfs"};
}

// A word that must be a number.
std::optional<Finding> number_check(const char* name) {
    const std::string value = variable(name);
    if (value.empty()) return std::nullopt;
    if (parse_number(value)) return Finding{Health::kOk, name, value, ""};
    return Finding{Health::kWarning, name, "`" + value + "` is not a number and is ignored",
                   fmt::format("export {}=<number>", name)};
}

Finding level_check() {
    const std::string level = variable("TTMEM_LEVEL"), old = variable("TT_ALLOC_TRACKING_ENABLED");
    if (level == "off") {
        return {Health::kWarning, "level", "off: programs started here record nothing", "unset TTMEM_LEVEL"};
    }
    const bool known = level == "counts" || level == "events" || level == "stacks";
    if (!level.empty() && !known) {
        return {Health::kWarning, "level", "TTMEM_LEVEL=" + level + " is not known and is ignored",
                "off, counts, events and stacks are known"};
    }
    if (known) return {Health::kOk, "level", level + " (TTMEM_LEVEL)", ""};
    if (old == "1") return {Health::kOk, "level", "events (TT_ALLOC_TRACKING_ENABLED=1)", ""};
    return {Health::kOk, "level", "counts (the default): what is live and peaks, no history", ""};
}

}  // namespace

std::vector<Finding> check_directories(uint64_t ledger_bytes) {
    std::vector<Finding> findings;
    const std::string wanted = variable("TTMEM_DIR"), run = fmt::format("/run/ttmem/{}", ::geteuid());
    std::string used = "/dev/shm";
    if (!wanted.empty()) {
        const std::string problem = wanted.front() == '/' ? objection(wanted, 022) : "it is not an absolute path";
        if (problem.empty()) {
            used = wanted;
            findings.push_back({Health::kOk, "TTMEM_DIR", wanted, ""});
        } else {
            findings.push_back(
                {Health::kWarning, "TTMEM_DIR", wanted + " is not used: " + problem, remedy(wanted, problem)});
        }
    }
    if (used != wanted && objection(run, 077).empty()) {
        used = run;
        findings.push_back({Health::kOk, "ledger directory", run, ""});
    } else if (used != wanted) {
        findings.push_back(default_directory());
    }
    findings.push_back(room_in(used, ledger_bytes));
    return findings;
}

std::vector<Finding> check_kernel(uint64_t file_bytes) {
    std::vector<Finding> findings;
    const std::string wanted = variable("TTMEM_DIR");
    const std::string place = !wanted.empty() && objection(wanted, 022).empty() ? wanted : "/dev/shm";
    const ScopedFd file(::open(place.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_len = 1;
    if (!file) {
        findings.push_back({Health::kWarning, "kernel",
                            fmt::format("no file without a name in {}: {}", place, std::strerror(errno)),
                            "the directory must be on tmpfs and yours to write"});
    } else if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
        findings.push_back({Health::kFailure, "kernel",
                            std::string("no locks of open files (F_OFD_SETLK): ") + std::strerror(errno),
                            "Linux 3.15 or newer is needed, and no sandbox that forbids them"});
    } else {
        findings.push_back({Health::kOk, "kernel", "files without a name and locks of open files work", ""});
    }
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < file_bytes) {
        findings.push_back(
            {Health::kFailure, "file size limit",
             fmt::format("{}: too small for a ledger, so that nothing is recorded", human_bytes(limit.rlim_cur)),
             "ulimit -f unlimited"});
    }
    return findings;
}

std::vector<Finding> check_environment() {
    std::vector<Finding> findings = {level_check()};
    for (const char* name : {"TTMEM_LEDGER_SLOTS", "TTMEM_HISTORY_BYTES"}) {
        if (std::optional<Finding> finding = number_check(name)) findings.push_back(std::move(*finding));
    }
    const std::string run = variable("TTMEM_RUN");
    if (!run.empty() && !parse_hex128(run)) {
        findings.push_back({Health::kWarning, "TTMEM_RUN", "`" + run + "` is not 32 hexadecimal digits and is ignored",
                            "`ttmem run` sets it; unset TTMEM_RUN"});
    }
    return findings;
}

Finding check_library() {
    std::vector<std::string> directories;
    std::string paths = variable("LD_LIBRARY_PATH");
    for (size_t begin = 0; begin <= paths.size() && !paths.empty();) {
        const size_t end = std::min(paths.find(':', begin), paths.size());
        if (end != begin) directories.push_back(paths.substr(begin, end - begin));
        begin = end + 1;
    }
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const char* beside : {"../lib", "../lib/x86_64-linux-gnu", "../src/client"})
        directories.push_back((self / beside).lexically_normal());
    for (const char* usual : {"/usr/local/lib", "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"})
        directories.push_back(usual);
    for (const std::string& directory : directories) {
        for (const char* name : {"libttmem.so.0", "libttmem.so"}) {
            const fs::path library = fs::path(directory) / name;
            if (fs::exists(library, error)) return {Health::kOk, "client library", library, ""};
        }
    }
    return {Health::kWarning, "client library", "libttmem.so is in none of the usual directories",
            "programs that are linked to libttmem.a need none; for others install it or set LD_LIBRARY_PATH"};
}

Finding check_containers() {
    const bool inside = fs::exists("/.dockerenv") || fs::exists("/run/.containerenv");
    return {Health::kOk, "containers",
            inside ? "this is one: its /dev/shm and its processes are not seen from outside"
                   : "programs in containers have a /dev/shm of their own and are not seen from here",
            "share a directory on tmpfs: mkdir -m 755 /dev/shm/shared; docker run -v /dev/shm/shared:/dev/shm/shared "
            "-e TTMEM_DIR=/dev/shm/shared -e TTMEM_RUN ...; and export the same TTMEM_DIR for ttmem, with the same "
            "user id"};
}

}  // namespace ttmem
