// What the kernel driver (tt-kmd) says: chips, their board and telemetry, and which processes hold them.
//
// Read from /sys/class/tenstorrent, the hwmon folder of each chip's PCI device and /proc/driver/tenstorrent/<n>/pids
// (one line per open file descriptor; 0 for a process of another pid namespace), or where an old driver has no such
// file, from the file descriptors in /proc that this user may see. Nothing is opened in /dev: a chip is never touched,
// and ttmem never appears among its holders. The driver knows no device memory at all. The tree's root can be given, so
// that tests use a recorded one. Absent is nullopt: an old driver or firmware lacks files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/coverage.h"

namespace ttmem {

struct KernelHolder {
    int32_t pid = 0;
    uint32_t descriptors = 0;
    std::string comm;          // as the process says: untrusted, escape it
    std::string command_line;  // likewise, arguments joined by spaces; "" where this user may not see it
    std::optional<uint32_t> uid;
};

struct KernelChip {
    uint32_t number = 0;    // of /dev/tenstorrent/<number>
    std::string card_type;  // "n300", "p150a"
    std::string arch;       // "wormhole", "blackhole"
    std::string serial;     // of the board, hexadecimal as the driver writes it
    std::string asic_id;    // likewise
    std::optional<int64_t> temperature_millicelsius;
    std::optional<uint64_t> power_microwatt;
    std::optional<uint64_t> clock_mhz;                 // of the compute cores
    std::optional<std::vector<KernelHolder>> holders;  // by pid; absent when nothing says who they are
    uint32_t hidden_descriptors = 0;                   // open by processes that are not visible from here
};

struct KernelDriver {
    bool loaded = false;
    std::string version;
    std::vector<KernelChip> chips;  // by number
    Coverage coverage;
};

struct KernelDriverOptions {
    std::string root;  // "" for the machine's own, else a folder with sys/ and proc/
    int32_t self = 0;  // the pid to leave out of holders; 0 for this process
};

// Cannot fail: what is not there is absent, and `coverage` says why.
KernelDriver read_kernel_driver(const KernelDriverOptions& options = {});

}  // namespace ttmem
