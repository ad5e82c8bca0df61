#include "src/importers/machine/shm_region.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string_view>

#include "src/base/decimal.h"
#include "src/base/fd.h"
#include "src/base/saturating.h"
#include "src/base/text.h"
#include "src/importers/machine/shm_region_layout.h"

namespace ttmem {
namespace {

using namespace shm_layout;

constexpr uint32_t kNewestVersion = 4;
constexpr int64_t kStaleNs = 60'000'000'000;
constexpr uint64_t kFirstWallNs = 1'500'000'000'000'000'000;  // 2017: before tt-metal; boot clocks are far below
constexpr int kReads = 4;

template <class T>
T load(std::span<const std::byte> bytes, size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

ShmCounters load_counters(std::span<const std::byte> bytes, size_t at, const Layout& layout) {
    const auto counter = [&](size_t i) { return load<uint64_t>(bytes, at + 8 * i); };
    ShmCounters counters{counter(0), counter(1), counter(2), counter(3), counter(4), std::nullopt};
    if (layout.kernel) counters.kernel = counter(5);
    return counters;
}

std::string load_name(std::span<const std::byte> bytes, size_t at) {
    const auto* text = reinterpret_cast<const char*>(bytes.data() + at);
    return std::string(text, ::strnlen(text, kNameBytes));
}

uint64_t less(uint64_t a, uint64_t b) { return a - std::min(a, b); }

// Combines each pair of counters.
template <class Combine>
ShmCounters combine(const ShmCounters& a, const ShmCounters& b, Combine with) {
    ShmCounters result{with(a.dram, b.dram),   with(a.l1, b.l1), with(a.l1_small, b.l1_small),
                       with(a.trace, b.trace), with(a.cb, b.cb), std::nullopt};
    if (a.kernel || b.kernel) result.kernel = with(a.kernel.value_or(0), b.kernel.value_or(0));
    return result;
}

uint64_t total(const ShmCounters& c) {
    return saturating_add(saturating_add(saturating_add(c.dram, c.l1), saturating_add(c.l1_small, c.trace)),
                          saturating_add(c.cb, c.kernel.value_or(0)));
}

std::string uid_text(uint32_t uid) { return "uid " + std::to_string(uid); }

Error refusal(const std::string& path, const std::string& why, const std::string& next) {
    return Error{path + " is not a region that can be shown", why, next};
}

// "tt_device_<number>_memory".
bool is_region_name(std::string_view name) {
    constexpr std::string_view kBegin = "tt_device_", kEnd = "_memory";
    if (!name.starts_with(kBegin) || !name.ends_with(kEnd) || name.size() <= kBegin.size() + kEnd.size()) return false;
    return decimal_in(name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size())).has_value();
}

// Decides what the bytes are, or why they are nothing that can be shown.
Result<const Layout*> layout_of(std::span<const std::byte> bytes, const std::string& path) {
    if (bytes.empty()) return refusal(path, "it is empty: its creator has not set its size yet", "look again");
    if (bytes.size() < kMainline.bytes) {
        return refusal(path,
                       "it has " + std::to_string(bytes.size()) + " bytes; a region has at least " +
                           std::to_string(kMainline.bytes),
                       "look again; if it stays, remove the file");
    }
    const auto version = load<uint32_t>(bytes, kVersion);
    if (version == 0) return refusal(path, "byte 0: version 0, it is not initialised yet", "look again");
    if (version > kNewestVersion) {
        return refusal(path, "byte 0: version " + std::to_string(version) + ", known are 1 to 4", "use a newer ttmem");
    }
    if (version == 4) {
        const auto state = load<uint32_t>(bytes, kInitState);
        if (state != kInitReady) {
            const std::string said = state == kInitInProgress ? "initialisation in progress"
                                     : state == 0             ? "not initialised"
                                                              : "unknown init state " + std::to_string(state);
            return refusal(path, "byte " + std::to_string(kInitState) + ": " + said,
                           "look again; if it stays, its creator died: remove the file while no process uses the chip");
        }
    }
    return version == 1 && bytes.size() >= kFork.bytes ? &kFork : &kMainline;
}

// A slot nobody uses says 0xffffffff since late version 2, and 0 before, where 0 is a chip as well: a slot of zeroes is
// taken as unused unless the region shows that it knows the newer mark.
std::vector<ShmChip> load_chips(std::span<const std::byte> bytes, const Layout& layout) {
    bool newer_mark = false;
    std::vector<ShmChip> chips;
    for (size_t i = 0; i < kChipSlots; ++i) {
        const size_t at = layout.chips + i * layout.chip_stride;
        ShmChip chip;
        chip.chip_id = load<uint32_t>(bytes, at);
        chip.remote = load<uint32_t>(bytes, at + kChipRemote) != 0;
        chip.counters = load_counters(bytes, at + kSlotCounters, layout);
        newer_mark |= chip.chip_id == kUnusedChip;
        chips.push_back(chip);
    }
    std::erase_if(chips, [&](const ShmChip& chip) {
        const bool zeroes = chip.chip_id == 0 && !chip.remote && total(chip.counters) == 0;
        return chip.chip_id == kUnusedChip || (!newer_mark && zeroes);
    });
    return chips;
}

std::vector<ShmProcess> load_processes(std::span<const std::byte> bytes, const Layout& layout,
                                       const ShmLiveness& liveness) {
    std::vector<ShmProcess> processes;
    for (size_t i = 0; i < kProcessSlots; ++i) {
        const size_t at = layout.process_slots + i * layout.process_stride;
        const auto pid = load<int32_t>(bytes, at);
        if (pid <= 0) continue;
        ShmProcess process;
        process.pid = pid;
        process.counters = load_counters(bytes, at + kSlotCounters, layout);
        process.updated_ns = load<uint64_t>(bytes, at + layout.process_updated());
        process.name = load_name(bytes, at + layout.process_name());
        process.state = liveness(pid, process.name);
        processes.push_back(std::move(process));
    }
    return processes;
}

// The last update is of the wall clock or of the machine's; which one is told by its size.
std::optional<int64_t> age_of(uint64_t updated_ns, const ShmClock& now) {
    if (updated_ns == 0 || updated_ns > INT64_MAX) return std::nullopt;
    const int64_t clock = updated_ns >= kFirstWallNs ? now.wall_ns : now.monotonic_ns;
    const int64_t age = clock - static_cast<int64_t>(updated_ns);
    return age < 0 ? std::nullopt : std::optional(age);
}

void find_ghosts(ShmRegion& region) {
    ShmCounters claimed;
    uint64_t dead = 0, other = 0, live = 0;
    for (const ShmProcess& process : region.processes) {
        if (process.state == ShmProcessState::kDead) {
            ++dead;
            continue;
        }
        ++(process.state == ShmProcessState::kLive ? live : other);
        claimed = combine(claimed, process.counters, saturating_add);
    }
    region.ghosts = combine(region.totals, claimed, less);
    region.stale = live == 0 || region.age_ns.value_or(0) > kStaleNs;
    Coverage& coverage = region.coverage;
    const std::string who = dead > 0 ? " (" + std::to_string(dead) + " dead in its list)" : "";
    if (const uint64_t bytes = total(region.ghosts); bytes > 0) {
        coverage.note(with_commas(bytes) + " bytes of the totals belong to no live process" + who);
    }
    if (const uint64_t excess = total(combine(claimed, region.totals, less)); excess > 0) {
        coverage.note("its processes count " + with_commas(excess) +
                      " bytes more than its totals: read in the middle of a change, or drifted");
    }
    if (other > 0)
        coverage.note(std::to_string(other) + " of its pids now have another name: the numbers may be used again");
    if (region.processes_said != region.processes.size()) {
        coverage.note("it says " + std::to_string(region.processes_said) + " processes and lists " +
                      std::to_string(region.processes.size()));
    }
    if (region.processes.size() == kProcessSlots)
        coverage.note("all 64 process slots are taken: further processes are not in it");
}

void say_what_is_missing(ShmRegion& region) {
    Coverage& coverage = region.coverage;
    coverage.note("tt-metal's counters only: no allocations, owners, reserved bytes or peaks");
    coverage.note("not counted by it: kernels, semaphores, host memory, allocator padding", false);
    if (region.version == 1)
        coverage.note("version 1 adds circular buffers up over programs: its cb figure is not memory in use");
    if (region.version == 2 || region.version == 3) {
        coverage.note("it is updated at most every 100 ms: the last change of a burst may be missing");
    }
    if (region.age_ns && *region.age_ns > kStaleNs) {
        coverage.note("last updated " + human_duration(*region.age_ns) + " ago", false);
    }
}

// A copy of the file; read again while it changes, so that its fields fit together where possible.
Result<std::vector<std::byte>> copy_of(int fd, const std::string& path, uint64_t bytes) {
    std::vector<std::byte> copy(std::min<uint64_t>(bytes, kFork.bytes)), again(copy.size());
    const auto read = [&](std::vector<std::byte>& to) {
        const ssize_t got = ::pread(fd, to.data(), to.size(), 0);
        return got == static_cast<ssize_t>(to.size());
    };
    if (!read(copy))
        return Error{"cannot read " + path, "it became shorter, or: " + std::string(std::strerror(errno)),
                     "look again"};
    for (int i = 1; i < kReads && read(again) && again != copy; ++i) copy.swap(again);
    return copy;
}

}  // namespace

ShmProcessState shm_process_state(int32_t pid, const std::string& name) {
    if (::kill(pid, 0) != 0 && errno == ESRCH) return ShmProcessState::kDead;
    std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
    std::string line;
    if (name.empty() || !std::getline(comm, line)) return ShmProcessState::kLive;
    return name.substr(0, 15) == line.substr(0, 15) ? ShmProcessState::kLive : ShmProcessState::kOther;
}

ShmClock shm_clock_now() {
    const auto read = [](clockid_t clock) {
        timespec time{};
        ::clock_gettime(clock, &time);
        return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    return {read(CLOCK_REALTIME), read(CLOCK_MONOTONIC)};
}

Result<ShmRegion> decode_shm_region(std::span<const std::byte> bytes, const std::string& path,
                                    const ShmLiveness& liveness, const ShmClock& now) {
    const Result<const Layout*> layout = layout_of(bytes, path);
    if (!layout) return layout.error();
    ShmRegion region;
    region.path = path;
    region.version = load<uint32_t>(bytes, kVersion);
    region.processes_said = load<uint32_t>(bytes, kProcesses);
    region.updated_ns = load<uint64_t>(bytes, kUpdatedNs);
    region.device_id = load<uint32_t>(bytes, kDeviceId);
    const auto asic_id = load<uint64_t>(bytes, kAsicId);
    if (region.version >= 2 && asic_id != 0) region.chip_id = ChipId{asic_id};
    region.totals = load_counters(bytes, kTotals, **layout);
    if (region.version == 2 || region.version == 3) region.cb_reserved_bytes = region.totals.cb;
    if (region.version == 4) region.cb_resident_bytes = region.totals.cb;
    region.chips = load_chips(bytes, **layout);
    region.processes = load_processes(bytes, **layout, liveness);
    region.age_ns = age_of(region.updated_ns, now);
    find_ghosts(region);
    say_what_is_missing(region);
    return region;
}

bool looks_like_shm_region(std::span<const std::byte> head, uint64_t file_bytes) {
    if (head.size() < kTotals || (file_bytes != kMainline.bytes && file_bytes != kFork.bytes)) return false;
    const auto version = load<uint32_t>(head, kVersion);
    return version >= 1 && version <= kNewestVersion && load<uint32_t>(head, kProcesses) <= kProcessSlots;
}

Result<ShmRegion> read_shm_region_file(const std::string& path, const ShmScanOptions& options) {
    // NONBLOCK: a fifo of that name must not hold us up.
    const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    const int error = errno;
    struct stat status {};
    if (!fd) {
        std::string why = std::strerror(error);
        if (error == EACCES && ::lstat(path.c_str(), &status) == 0) {
            why = "it belongs to " + uid_text(status.st_uid) + ", and this user may not read it";
        }
        return Error{"cannot open " + path, why, "run ttmem as the user who runs the model, or as root"};
    }
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return refusal(path, "it is not a regular file", "remove it");
    }
    const Result<std::vector<std::byte>> copy = copy_of(fd.get(), path, static_cast<uint64_t>(status.st_size));
    if (!copy) return copy.error();
    return decode_shm_region(*copy, path, options.liveness, options.clock());
}

ShmRegions scan_shm_regions(const ShmScanOptions& options) {
    ShmRegions scan;
    const ScopedDirectory directory(::opendir(options.directory.c_str()));
    if (!directory) {
        if (errno != ENOENT) scan.unreadable.push_back({"cannot list " + options.directory, std::strerror(errno), ""});
        return scan;
    }
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (is_region_name(entry->d_name)) names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        Result<ShmRegion> region = read_shm_region_file(options.directory + "/" + name, options);
        if (region) {
            scan.regions.push_back(std::move(region).value());
        } else {
            scan.unreadable.push_back(region.error());
        }
    }
    return scan;
}

ImportedUse shm_region_use(const ShmRegion& region) {
    ImportedUse use;
    use.format = "tt-metal-shm";
    use.version = std::to_string(region.version);
    ImportedChip chip;
    chip.name = "chip " + std::to_string(region.device_id);
    chip.use.chip.logical_id = region.device_id;
    if (region.chip_id) chip.chip_id = chip.use.chip.id = *region.chip_id;
    chip.use.pool(Pool::kDram).requested_bytes = region.totals.dram;
    chip.use.pool(Pool::kL1).requested_bytes = region.totals.l1;
    chip.use.pool(Pool::kL1Small).requested_bytes = region.totals.l1_small;
    chip.use.pool(Pool::kTrace).requested_bytes = region.totals.trace;
    chip.use.cb.reserved_bytes = region.cb_reserved_bytes;
    chip.use.cb.resident_bytes = region.cb_resident_bytes;
    use.chips.push_back(std::move(chip));
    use.coverage = region.coverage;
    return use;
}

}  // namespace ttmem
