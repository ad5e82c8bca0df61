// The chips that the kernel driver (tt-kmd) knows.
//
// Read from /sys/class/tenstorrent and the hwmon folder of each chip's PCI device. Nothing is opened in /dev: a chip is
// never touched. The tree's root can be given, so that tests use a recorded one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttmem {

struct KernelChip {
    uint32_t number = 0;  // of /dev/tenstorrent/<number>
    std::string arch;     // "wormhole", "blackhole"; "" where an old driver or firmware does not say
};

// By number. Cannot fail: without a driver there are none. `root` is a folder with sys/, "" for the machine's own.
std::vector<KernelChip> read_kernel_chips(const std::string& root = {});

}  // namespace ttmem
