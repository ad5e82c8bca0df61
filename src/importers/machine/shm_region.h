// tt-metal's own shared-memory counters: /dev/shm/tt_device_<id>_memory, versions 1 to 4.
//
// A region is written by other processes at any time, and by anybody who may write the file: it is never mapped, a copy
// is read with pread and every field of it is doubted. A region has counters only, no allocations; what its fields mean
// differs by version (docs of the source: the version decides, version 1 also by its size of 9216 bytes):
//   version 1     of builds with an allocation client: it has kernel bytes, and no unique id of the chip in one word
//   version 2, 3  mainline: the word for the ASIC is the chip's unique id
//   version 4     as 3, and valid only when its init state says ready
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "src/base/result.h"
#include "src/model/imported_use.h"
#include "src/model/shm_region.h"

namespace ttmem {

using ShmLiveness = std::function<ShmProcessState(int32_t pid, const std::string& name)>;
// Asks the kernel: no such pid is dead; a pid of another comm is kOther.
ShmProcessState shm_process_state(int32_t pid, const std::string& name);

// The two clocks that a last update may be of.
struct ShmClock {
    int64_t wall_ns = 0;       // since 1970
    int64_t monotonic_ns = 0;  // since the machine started
};
ShmClock shm_clock_now();

// Reads the bytes of one region. `path` names it in errors, and its number in the name.
Result<ShmRegion> decode_shm_region(std::span<const std::byte> bytes, const std::string& path,
                                    const ShmLiveness& liveness, const ShmClock& now);

struct ShmScanOptions {
    std::string directory = "/dev/shm";
    ShmLiveness liveness = shm_process_state;
    std::function<ShmClock()> clock = shm_clock_now;
};

// All regions of a directory. A directory that is not there has none.
ShmRegions scan_shm_regions(const ShmScanOptions& options = {});

// Whether a file with this beginning and size is a region; for files that lie elsewhere under another name.
bool looks_like_shm_region(std::span<const std::byte> head, uint64_t file_bytes);
Result<ShmRegion> read_shm_region_file(const std::string& path, const ShmScanOptions& options = {});

// One chip of figures, in the words of all sources: requested bytes per pool, and what `cb` means in this version.
ImportedUse shm_region_use(const ShmRegion& region);

}  // namespace ttmem
