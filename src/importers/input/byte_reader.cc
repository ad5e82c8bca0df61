#include "src/importers/input/byte_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace ttmem {

ByteReader read_from_fd(int fd) {
    return [fd](char* to, size_t size) -> Result<size_t> {
        for (;;) {
            const ssize_t got = ::read(fd, to, size);
            if (got >= 0) return static_cast<size_t>(got);
            if (errno != EINTR) return Error{"cannot read the file", std::strerror(errno), ""};
        }
    };
}

ByteReader read_from_text(std::string_view text) {
    const auto rest = std::make_shared<std::string_view>(text);
    return [rest](char* to, size_t size) -> Result<size_t> {
        const size_t taken = std::min(size, rest->size());
        if (taken > 0) std::memcpy(to, rest->data(), taken);
        rest->remove_prefix(taken);
        return taken;
    };
}

}  // namespace ttmem
