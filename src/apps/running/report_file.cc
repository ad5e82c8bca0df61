#include "src/apps/running/report_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "src/capture/capture_reader.h"
#include "src/collector/ledger_facts.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 16;
constexpr size_t kBegin = 256;
constexpr const char* kNotStdout = "- is standard output, which has other words (a file of that name is ./-)";

bool write_all(int fd, std::string_view text) {
    size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
        if (written > 0) done += static_cast<size_t>(written);
        if (written == 0 || (written < 0 && errno != EINTR)) return false;
    }
    return true;
}

// Where the name leads: links are followed, so that they stay. Nothing when one of them lies in /proc: that is an open
// file, which has to be written as it is.
std::string followed(const std::string& path) {
    fs::path at = path;
    for (int i = 0; i < kMostLinks; ++i) {
        std::error_code error;
        const fs::path folder = fs::canonical(at.has_parent_path() ? at.parent_path() : fs::path("."), error);
        if (error) return at;
        if (*std::next(folder.begin(), folder == "/" ? 0 : 1) == "proc") return "";
        at = folder / at.filename();
        const fs::path next = fs::read_symlink(at, error);
        if (error) return at;
        at = next.is_absolute() ? next : folder / next;
    }
    return at;
}

bool may_be_replaced(const std::string& target) {
    struct stat status {};
    if (::stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return false;
    const fs::path parent = fs::path(target).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return false;
    // In a folder like /tmp only the owner of a file may put another in its place.
    return ::stat(target.c_str(), &status) != 0 || status.st_uid == ::geteuid();
}

Error cannot_write(const std::string& path, const std::string& what, const std::string& option) {
    return {"the " + what + " `" + path + "` cannot be written", std::strerror(errno), "give another " + option};
}

Error exists_already(const std::string& path, const std::string& what, const std::string& option) {
    return {"the " + what + " `" + path + "` cannot be written",
            "there is a file of that name, and it is replaced only if that is asked for",
            "give another " + option + ", or --force"};
}

// Without waiting for whoever may read from a pipe: where nobody does, there is no use in it.
ScopedFd opened_straight(const std::string& path) {
    ScopedFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    const int flags = fd ? ::fcntl(fd.get(), F_GETFL) : -1;
    if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) fd.reset();
    return fd;
}

// Its first bytes; of what is no regular file none.
std::string begin_of(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return "";
    std::ifstream file(path, std::ios::binary);
    std::string begin(kBegin, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<size_t>(file.gcount()));
    return begin;
}

// Why the file that is there may not be replaced.
std::optional<Error> must_stay(const std::string& path, const std::string& target, Existing existing,
                               const std::string& what, const std::string& option, std::string_view ours) {
    std::error_code error;
    if (!fs::exists(target, error)) return std::nullopt;
    if (existing == Existing::kKept) return exists_already(path, what, option);
    if (::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) return cannot_write(path, what, option);
    const std::string begin = begin_of(target);
    if (is_capture(begin.data(), begin.size())) {
        return Error{"the " + what + " `" + path + "` would replace a capture", "what was recorded there would be lost",
                     "give another " + option + ", or remove it first"};
    }
    if (existing == Existing::kRenewed && !begin.empty() && begin.find(ours) == std::string::npos) {
        return Error{"the " + what + " `" + path + "` would replace a file of somebody else",
                     "it does not begin as one that ttmem wrote", "give another " + option + ", or remove it first"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Error> would_replace_ledger(const std::string& path, const std::string& what, const std::string& option) {
    const std::string begin = begin_of(path);
    if (!is_ledger(begin.data(), begin.size())) return std::nullopt;
    return Error{"the " + what + " `" + path + "` would replace a ledger",
                 "what its process has on a device would be seen no more",
                 "give another " + option + "; `ttmem gc` removes those of ended processes"};
}

Result<ReportFile> ReportFile::prepare(const std::string& path, Existing existing, const std::string& what,
                                       const std::string& option, std::string_view ours) {
    if (is_stdout(path)) return Error{"the " + what + " `-` cannot be written", kNotStdout, "give " + option + " FILE"};
    if (std::optional<Error> error = would_replace_ledger(path, what, option)) return *error;
    ReportFile file;
    file.path_ = path;
    file.what_ = what;
    const std::string target = followed(path);
    if (!target.empty() && may_be_replaced(target)) {
        if (std::optional<Error> error = must_stay(path, target, existing, what, option, ours)) return *error;
        file.target_ = target;
        return file;
    }
    file.straight_ = opened_straight(path);
    if (!file.straight_) return cannot_write(path, what, option);
    return file;
}

Result<void> ReportFile::write(const ListDocument& document) {
    return write([&](const Put& put) { return write_text(document, put); });
}

Result<void> ReportFile::write(const std::function<bool(const Put&)>& fill) {
    const auto put = [&](int fd) { return fill([fd](std::string_view piece) { return write_all(fd, piece); }); };
    const auto failed = [&] {
        return Error{"the " + what_ + " `" + path_ + "` could not be written", std::strerror(errno),
                     "is the disk full?"};
    };
    if (straight_) return put(straight_.get()) ? Result<void>() : failed();

    std::string beside = target_ + ".XXXXXX";
    const ScopedFd fresh(::mkostemp(beside.data(), O_CLOEXEC));
    if (!fresh) return failed();
    struct stat old {};
    const mode_t mask = ::umask(0);
    ::umask(mask);
    const mode_t mode = ::stat(target_.c_str(), &old) == 0 ? old.st_mode & 0777u : 0666u & ~mask;
    try {
        if (put(fresh.get()) && ::fchmod(fresh.get(), mode) == 0 && ::rename(beside.c_str(), target_.c_str()) == 0)
            return {};
    } catch (...) {
        ::unlink(beside.c_str());
        throw;
    }
    const Error error = failed();
    ::unlink(beside.c_str());
    return error;
}

Result<void> write_file(const std::string& path, Existing existing, std::string_view text, const std::string& what,
                        const std::string& option, std::string_view ours) {
    Result<ReportFile> file = ReportFile::prepare(path, existing, what, option, ours);
    if (!file) return file.error();
    return file->write([&](const ReportFile::Put& put) { return put(text); });
}

}  // namespace ttmem
