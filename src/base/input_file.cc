#include "src/base/input_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstring>

namespace ttmem {
namespace {

// "" for what is read. Of two pipes without a name the other end is always open or has written all it had.
std::string why_not_read(int fd, mode_t mode, Input input) {
    if (S_ISREG(mode)) return "";
    if (S_ISDIR(mode)) return "it is a folder";
    if (S_ISSOCK(mode)) return "it is a socket";
    if (!S_ISFIFO(mode)) return "it is a device";
    struct statfs system {};
    if (::fstatfs(fd, &system) != 0 || system.f_type != PIPEFS_MAGIC) return "it is a named pipe";
    return input == Input::kStream ? "" : "it is a pipe, and this is read more than once";
}

}  // namespace

Result<ScopedFd> open_input(const std::string& path, Input input) {
    const auto refuse = [&](const std::string& why) { return Error{"cannot open " + path, why, ""}; };
    if (path == "-") return refuse("it is standard input, which is not read here (a file of that name is ./-)");
    ScopedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    const int error = errno;
    struct stat status {};
    if (!file) {
        const bool is_there = error == ENXIO && ::stat(path.c_str(), &status) == 0;  // as open() says of sockets
        return refuse(is_there ? why_not_read(-1, status.st_mode, input) : std::strerror(error));
    }
    if (::fstat(file.get(), &status) != 0) return refuse(std::strerror(errno));
    if (const std::string why = why_not_read(file.get(), status.st_mode, input); !why.empty()) return refuse(why);
    const int flags = ::fcntl(file.get(), F_GETFL);
    if (S_ISFIFO(status.st_mode) && (flags < 0 || ::fcntl(file.get(), F_SETFL, flags & ~O_NONBLOCK) != 0))
        return refuse(std::strerror(errno));
    return file;
}

Result<std::string> read_input(const std::string& path, size_t most_bytes) {
    const auto refuse = [&](const std::string& why) { return Error{"cannot read " + path, why, ""}; };
    const Result<ScopedFd> file = open_input(path, Input::kStream);
    if (!file) return file.error();
    std::string text;
    char part[16384];
    for (;;) {
        const ssize_t got = ::read(file->get(), part, sizeof part);
        if (got == 0) return text;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse(std::strerror(errno));
        text.append(part, static_cast<size_t>(got));
        if (text.size() > most_bytes) return refuse("it is larger than " + std::to_string(most_bytes) + " bytes");
    }
}

}  // namespace ttmem
