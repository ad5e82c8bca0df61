#include "src/machine/run_folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "src/base/directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr time_t kYoung_s = 60;  // for as long a folder may not be locked yet

// tt-metal puts names of files into lines for a shell as they are.
bool stays_one_word(const std::string& path) {
    return std::ranges::all_of(path,
                               [](unsigned char c) { return std::isalnum(c) != 0 || std::strchr("/._-+,:@%", c); });
}

std::string parent_folder() {
    const char* folder = std::getenv("TMPDIR");
    std::error_code error;
    if (folder == nullptr || !fs::is_directory(folder, error)) return "/tmp";
    const std::string path = fs::absolute(folder, error);
    return stays_one_word(path) ? path : "/tmp";
}

ScopedFd lock_folder(const std::string& path) {
    ScopedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
    return fd;
}

// Where memory is short something stays, and nobody is stopped by that, as by std::filesystem::remove_all().
void remove_folder(const std::string& path) {
    const auto remove = [](const char* name, const struct stat*, int, FTW*) {
        static_cast<void>(::remove(name));
        return 0;
    };
    static_cast<void>(::nftw(path.c_str(), remove, 16, FTW_DEPTH | FTW_PHYS));  // follows no links
}

// The lock of a run ends with it, however it ends.
void remove_what_killed_runs_left(const std::string& parent, std::string_view kind) {
    static_cast<void>(for_each_name(parent, [&](const std::string& name) {
        if (!name.starts_with(kind)) return true;
        const std::string path = parent + "/" + name;
        const ScopedFd lock = lock_folder(path);
        struct stat status {};
        if (!lock || ::fstat(lock.get(), &status) != 0 || status.st_uid != ::geteuid()) return true;
        if (status.st_mtime + kYoung_s < std::time(nullptr)) remove_folder(path);
        return true;
    }));
}

}  // namespace

Result<RunFolder> RunFolder::make(std::string_view kind) {
    const std::string parent = parent_folder();
    remove_what_killed_runs_left(parent, kind);
    std::string path = parent + "/" + std::string(kind) + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
        return Error{"a folder for the run cannot be made in " + parent,
                     errno == ENOENT ? "no one can make folders there" : std::strerror(errno),  // as in /proc
                     "set TMPDIR to a folder that you may write to"};
    return RunFolder(path, lock_folder(path));
}

RunFolder::~RunFolder() {
    if (!path_.empty()) remove_folder(path_);
}

}  // namespace ttmem
