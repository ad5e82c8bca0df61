#include "src/reader/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace ttmem::ledger {
namespace {

typedef uint64_t __attribute__((may_alias)) AnyWord;  // whatever type its writer gave it

}  // namespace

uint64_t FdSource::size() const {
    struct stat facts {};
    return ::fstat(fd_, &facts) == 0 ? static_cast<uint64_t>(std::max<off_t>(facts.st_size, 0)) : 0;
}

// The kernel copies in the order of the addresses or not at all; between two calls the fence keeps the order.
bool FdSource::read(uint64_t offset, void* into, size_t bytes) const {
    auto* target = static_cast<unsigned char*>(into);
    while (bytes > 0) {
        const ssize_t got = ::pread(fd_, target, bytes, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;  // GCOV_EXCL_BR_LINE: not of files in memory
        if (got <= 0) return false;
        target += got;
        offset += static_cast<uint64_t>(got);
        bytes -= static_cast<size_t>(got);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    return true;
}

bool MemorySource::read(uint64_t offset, void* into, size_t bytes) const {
    if (offset > bytes_ || bytes > bytes_ - offset) return false;
    auto* target = static_cast<unsigned char*>(into);
    const unsigned char* source = memory_ + offset;
    for (; bytes >= 8; bytes -= 8, target += 8, source += 8) {
        const uint64_t word = __atomic_load_n(reinterpret_cast<const AnyWord*>(source), __ATOMIC_RELAXED);
        std::memcpy(target, &word, 8);
    }
    if (bytes > 0) std::memcpy(target, source, bytes);
    std::atomic_thread_fence(std::memory_order_acquire);
    return true;
}

}  // namespace ttmem::ledger
