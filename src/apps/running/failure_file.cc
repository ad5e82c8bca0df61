#include "src/apps/running/failure_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "src/apps/options/asked_recording.h"
#include "src/base/fd.h"
#include "src/views/text/last_failure.h"

namespace ttmem {
namespace {

constexpr size_t kFileWidth = 120;
constexpr const char *kFileBegin = "ttmem-failure-", *kFileEnd = ".txt";
constexpr size_t kRandomLetters = 6;  // characters between

bool write_all(int fd, const std::string& text) {
    for (size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
        if (written < 0) return false;
        done += static_cast<size_t>(written);
    }
    return true;
}

// "ttmem-failure-4711-q7Xz0a.txt", as keep_in_file() makes them.
bool is_ours(const std::string& name) {
    const size_t begin = std::strlen(kFileBegin), digits = name.find_first_not_of("0123456789", begin);
    return name.starts_with(kFileBegin) && digits != begin && digits != std::string::npos && name[digits] == '-' &&
           name.size() == digits + 1 + kRandomLetters + std::strlen(kFileEnd) && name.ends_with(kFileEnd);
}

// For one more: the oldest of this user's go.
void make_room(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> files(::opendir(folder.c_str()), ::closedir);
    if (!files) return;
    std::vector<std::pair<int64_t, std::string>> ours;
    while (const dirent* entry = ::readdir(files.get())) {
        struct stat file {};
        if (!is_ours(entry->d_name) || ::fstatat(::dirfd(files.get()), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISREG(file.st_mode) && file.st_uid == ::geteuid())
            ours.emplace_back(int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec, entry->d_name);
    }
    std::ranges::sort(ours);
    for (size_t i = 0; i + kMostFailureFiles <= ours.size(); ++i)
        ::unlinkat(::dirfd(files.get()), ours[i].second.c_str(), 0);
}

}  // namespace

std::optional<LastFailure> last_failure_of_run(unsigned __int128 run, const std::string& capture) {
    AskedRecording asked;
    asked.file = capture;
    if (capture.empty()) asked.run = run;
    const Result<Recording> recording = asked_recording(asked);
    if (!recording) return std::nullopt;
    return explain_last_failure(*recording);
}

std::string keep_in_file(const LastFailure& failure, const std::string& source, pid_t program) {
    const char* asked = std::getenv("TMPDIR");
    const std::string folder = asked != nullptr && *asked != 0 ? asked : "/tmp";
    make_room(folder);
    std::string path = folder + "/" + kFileBegin + std::to_string(program) + "-XXXXXX" + kFileEnd;
    const ScopedFd file(::mkostemps(path.data(), static_cast<int>(std::strlen(kFileEnd)), O_CLOEXEC));
    if (!file) return "";
    const Look look{.exact_bytes = true, .width = kFileWidth};
    if (write_all(file.get(), last_failure_text({failure, source, 0}, true, look))) return path;
    ::unlink(path.c_str());
    return "";
}

}  // namespace ttmem
