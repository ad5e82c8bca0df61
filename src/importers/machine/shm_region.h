// tt-metal's own shared-memory counters: /dev/shm/tt_device_<id>_memory, versions 1 to 4.
//
// A region is written by other processes at any time, and by anybody who may write the file: it is never mapped, a copy
// is read with pread and every field of it is doubted. A region has counters only, no allocations; what its fields mean
// differs by version (docs of the source: the version decides, version 1 also by its size of 9216 bytes):
//   version 1  the fork's: has kernel bytes; the chip's id is split into board_serial and asic_id
//   version 2, 3  mainline: asic_id is the chip's unique id
//   version 4  as 3, and valid only when its init state says ready
// Ghosts are what the totals count and no live process does: left by processes that were killed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/model/imported_use.h"

namespace ttmem {

struct ShmCounters {
    uint64_t dram = 0, l1 = 0, l1_small = 0, trace = 0;
    uint64_t cb = 0;
    std::optional<uint64_t> kernel;  // version 1 only

    friend bool operator==(const ShmCounters&, const ShmCounters&) = default;
};

// What the kernel says about a pid of a region. kOther: it lives under another name, so the number may be used again.
enum class ShmProcessState : uint8_t { kLive, kDead, kOther };

struct ShmProcess {
    int32_t pid = 0;
    std::string name;  // as the process says: untrusted, escape it
    uint64_t updated_ns = 0;
    ShmCounters counters;
    ShmProcessState state = ShmProcessState::kDead;
};

struct ShmChip {
    uint32_t chip_id = 0;
    bool remote = false;
    ShmCounters counters;
};

struct ShmRegion {
    std::string path;
    uint32_t owner_uid = 0;
    uint32_t version = 0;
    uint64_t file_id = 0;  // the number in the file's name
    uint64_t board_serial = 0, asic_id = 0;
    uint32_t device_id = 0;
    uint32_t processes_said = 0;  // as the region counts them
    uint32_t reference_count = 0;
    uint64_t updated_ns = 0;
    std::optional<int64_t> age_ns;  // since the last update; absent when its clock cannot be told
    ShmCounters totals;
    std::vector<ShmChip> chips;
    std::vector<ShmProcess> processes;
    ShmCounters ghosts;  // totals less what live and doubtful processes count, never below 0
    bool stale = false;  // nobody who lives is in it, or not updated for a minute
    Coverage coverage;

    // The chip's unique id where the version has it.
    std::optional<uint64_t> chip_unique_id() const;
};

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

struct ShmScan {
    std::vector<ShmRegion> regions;  // by path
    std::vector<Error> unreadable;   // regions that are there and cannot be shown, each with its reason
};

struct ShmScanOptions {
    std::string directory = "/dev/shm";
    ShmLiveness liveness = shm_process_state;
    std::function<ShmClock()> clock = shm_clock_now;
};

// All regions of a directory. A directory that is not there has none.
ShmScan scan_shm_regions(const ShmScanOptions& options = {});

// Whether a file with this beginning and size is a region; for files that lie elsewhere under another name.
bool looks_like_shm_region(std::span<const std::byte> head, uint64_t file_bytes);
Result<ShmRegion> read_shm_region_file(const std::string& path, const ShmScanOptions& options = {});

// One chip of figures, in the words of all sources: requested bytes per pool, and what `cb` means in this version.
ImportedUse shm_region_use(const ShmRegion& region);

}  // namespace ttmem
