#include "src/base/read_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "src/base/fd.h"

namespace ttmem {

std::optional<std::string> read_text(const std::string& path) {
    const ScopedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    std::string text;
    char part[16384];
    for (;;) {
        const ssize_t got = ::read(file.get(), part, sizeof part);
        if (got > 0) text.append(part, static_cast<size_t>(got));
        if (got == 0) return text;
        if (got < 0 && errno != EINTR) return std::nullopt;
    }
}

}  // namespace ttmem
