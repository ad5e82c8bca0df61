// Any bytes in the files that the kernel driver's reader opens: the input's pieces, cut at '|', are their contents.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "src/importers/machine/kernel_driver.h"

namespace {

constexpr const char* kFiles[] = {
    "proc/driver/tenstorrent/0/pids",
    "sys/class/tenstorrent/tenstorrent!0/tt_card_type",
    "sys/class/tenstorrent/tenstorrent!0/tt_aiclk",
    "sys/class/tenstorrent/tenstorrent!0/device/hwmon/hwmon0/temp1_input",
    "sys/class/tenstorrent/tenstorrent!0/device/hwmon/hwmon0/power1_input",
    "proc/1/cmdline",
    "proc/1/comm",
};

// In memory where the machine has such a folder.
std::string make_root() {
    const char* folder = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
    const std::string root = std::string(folder) + "/ttmem-driver-fuzz-" + std::to_string(::getpid());
    for (const char* file : kFiles)
        std::filesystem::create_directories(std::filesystem::path(root + "/" + file).parent_path());
    std::atexit([] {
        std::filesystem::remove_all(std::string(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") +
                                    "/ttmem-driver-fuzz-" + std::to_string(::getpid()));
    });
    return root;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::string kRoot = make_root();
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    for (const char* file : kFiles) {
        const std::string_view piece = rest.substr(0, rest.find('|'));
        rest.remove_prefix(piece.size() < rest.size() ? piece.size() + 1 : rest.size());
        std::ofstream(kRoot + "/" + file, std::ios::binary | std::ios::trunc) << piece;
    }
    const ttmem::KernelDriver driver = ttmem::read_kernel_driver({.root = kRoot, .self = 77});
    if (driver.chips.size() != 1 || !driver.chips[0].holders) std::abort();
    for (const ttmem::KernelHolder& holder : *driver.chips[0].holders) {
        if (holder.pid <= 0 || holder.pid == 77 || holder.descriptors == 0) std::abort();
    }
    return 0;
}
