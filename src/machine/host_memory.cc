#include "src/machine/host_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>

#include "src/base/fd.h"
#include "src/base/saturating.h"

namespace ttmem {

std::optional<uint64_t> host_bytes(uint32_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/statm";
    const ScopedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char content[256];
    const ssize_t size = file ? ::read(file.get(), content, sizeof content) : -1;
    if (size <= 0) return std::nullopt;
    const std::string_view text(content, static_cast<size_t>(size));
    const size_t blank = text.find(' ');  // the second number: pages that are resident
    if (blank == std::string_view::npos) return std::nullopt;
    uint64_t pages = 0;
    const auto [end, problem] = std::from_chars(text.data() + blank + 1, text.data() + text.size(), pages);
    if (problem != std::errc()) return std::nullopt;
    return saturating_multiply(pages, static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
}

}  // namespace ttmem
