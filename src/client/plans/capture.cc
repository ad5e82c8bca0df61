#include "src/client/plans/capture.h"

#include <sys/mman.h>

#include "src/client/process/slow_path.h"

namespace ttmem::client {
namespace {

constexpr uint32_t kFirstRoom = 4096 / sizeof(uint64_t);

bool grow(Capture& capture) {
    const SlowPath slow;
    const uint32_t room = capture.room == 0 ? kFirstRoom : 2 * capture.room;
    void* memory = capture.room == 0
                       ? mmap(nullptr, room * 8ull, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                       : mremap(capture.entries, capture.room * 8ull, room * 8ull, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED) return false;
    capture.entries = static_cast<uint64_t*>(memory);
    capture.room = room;
    return true;
}

}  // namespace

bool Capture::add(uint64_t entry) {
    if (count == room && !grow(*this)) {
        incomplete = true;
        return false;
    }
    entries[count++] = entry;
    return true;
}

void Capture::clear() {
    if (room != 0) munmap(entries, room * 8ull);
    *this = Capture();
}

}  // namespace ttmem::client
