// The driver's files as tt-kmd documents them, in a folder that stands for the root.
#include "src/importers/machine/kernel_chips.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ttmem {
namespace {

namespace fs = std::filesystem;

class KernelTree : public testing::Test {
protected:
    std::string root() const { return temporary_.path(); }

    // A chip as the driver shows it: the class folder links to the PCI device, which has the hwmon folder.
    void chip(const std::string& name, const std::string& pci, const std::string& arch) {
        const std::string device = root() + "/sys/devices/pci0000:00/" + pci;
        const std::string folder = device + "/tenstorrent/tenstorrent!" + name;
        fs::create_directories(folder);
        fs::create_symlink("../../../" + pci, folder + "/device");
        if (!arch.empty()) {
            fs::create_directories(device + "/hwmon/hwmon3");
            std::ofstream(device + "/hwmon/hwmon3/name") << arch << "\n";
        }
        fs::create_directories(root() + "/sys/class/tenstorrent");
        fs::create_symlink("../../devices/pci0000:00/" + pci + "/tenstorrent/tenstorrent!" + name,
                           root() + "/sys/class/tenstorrent/tenstorrent!" + name);
    }

    TemporaryDirectory temporary_;
};

TEST_F(KernelTree, ListsChipsByNumber) {
    chip("10", "0000:0a:00.0", "blackhole");
    chip("2", "0000:02:00.0", "wormhole");
    const std::vector<KernelChip> chips = read_kernel_chips(root());
    ASSERT_EQ(chips.size(), 2u);
    EXPECT_EQ(chips[0].number, 2u);
    EXPECT_EQ(chips[0].arch, "wormhole");
    EXPECT_EQ(chips[1].number, 10u) << "by number, not by text";
    EXPECT_EQ(chips[1].arch, "blackhole");
}

TEST_F(KernelTree, AChipWithoutAMonitorHasNoArch) {
    chip("0", "0000:01:00.0", "");
    const std::vector<KernelChip> chips = read_kernel_chips(root());
    ASSERT_EQ(chips.size(), 1u);
    EXPECT_EQ(chips[0].arch, "");
}

TEST_F(KernelTree, WhatIsNotAChipIsLeftOut) {
    chip("x", "0000:01:00.0", "wormhole");
    fs::create_directories(root() + "/sys/class/tenstorrent/other");
    EXPECT_TRUE(read_kernel_chips(root()).empty());
}

TEST_F(KernelTree, WithoutADriverThereAreNone) { EXPECT_TRUE(read_kernel_chips(root()).empty()); }

}  // namespace
}  // namespace ttmem
