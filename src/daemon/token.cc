#include "src/daemon/token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "src/base/fd.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr size_t kDigits = 32;

Error error_of(const std::string& path, std::string why, std::string next) {
    return {"the token of the address cannot be kept in " + path, std::move(why), std::move(next)};
}

Error system_error(const std::string& path) {
    return error_of(path, std::strerror(errno), "name a file in a folder of your own");
}

Result<std::string> read_token(const std::string& path) {
    const ScopedFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ELOOP) return error_of(path, "it is a symbolic link", "name the file that it leads to");
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return system_error(path);
    if (!S_ISREG(status.st_mode)) return error_of(path, "it is no plain file", "name another file");
    if (status.st_uid != ::geteuid()) return error_of(path, "it belongs to another user", "name a file of your own");
    if ((status.st_mode & 077) != 0) {
        return error_of(path, fmt::format("others may read or change it (its mode is {:04o})", status.st_mode & 07777),
                        "remove it; ttmem makes a new one, for you alone");
    }
    std::string text(kDigits + 2, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return system_error(path);
    text.resize(static_cast<size_t>(got));
    if (text.empty()) return error_of(path, "it is there already, and empty", "remove it; ttmem makes a new one");
    if (text.ends_with('\n')) text.pop_back();
    if (text.size() != kDigits || !parse_hex128(text))
        return error_of(path, "what is in it is no token that ttmem has written", "name another file, or remove it");
    return text;
}

}  // namespace

Result<std::string> new_token() {
    unsigned __int128 bits = 0;
    if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
        return Error{"there are no random numbers", "getrandom() has failed", ""};
    return hex128(bits);
}

Result<std::string> kept_token(const std::string& path) {
    if (path == "-") return error_of(path, "it is standard output", "name a file");
    const Result<std::string> token = new_token();
    if (!token) return token;
    const ScopedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return errno == EEXIST ? read_token(path) : Result<std::string>(system_error(path));
    const std::string line = *token + "\n";
    if (::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        const Error error = system_error(path);
        ::unlink(path.c_str());
        return error;
    }
    return token;
}

}  // namespace ttmem
