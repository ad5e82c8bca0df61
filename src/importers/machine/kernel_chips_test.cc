// The driver's files as tt-kmd documents them, in a folder that stands for the root.
#include "src/importers/machine/kernel_driver.h"
#include "tests/support/notes.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ttmem {
namespace {

namespace fs = std::filesystem;

class KernelTree : public testing::Test {
protected:
    KernelTree() { options_.root = temporary_.path(); }

    void write(const std::string& path, const std::string& text) {
        const fs::path full = options_.root + "/" + path;
        fs::create_directories(full.parent_path());
        std::ofstream(full) << text;
    }

    // A chip as the driver shows it: the class folder links to the PCI device, which has the hwmon folder.
    void chip(uint32_t number, const std::string& pci, const std::string& card, const std::string& arch) {
        const std::string device = "sys/devices/pci0000:00/" + pci;
        const std::string folder = device + "/tenstorrent/tenstorrent!" + std::to_string(number);
        write(folder + "/tt_card_type", card + "\n");
        write(folder + "/tt_serial", "0100014211703033\n");
        write(folder + "/tt_asic_id", "000A61B2C3D4E5F6\n");
        write(folder + "/tt_aiclk", "1000\n");
        write(device + "/hwmon/hwmon" + std::to_string(number + 3) + "/name", arch + "\n");
        const std::string monitor = device + "/hwmon/hwmon" + std::to_string(number + 3);
        write(monitor + "/temp1_input", "47125\n");
        write(monitor + "/power1_input", "15000000\n");
        fs::create_symlink("../../../" + pci, options_.root + "/" + folder + "/device");
        fs::create_directories(options_.root + "/sys/class/tenstorrent");
        fs::create_symlink("../../devices/pci0000:00/" + pci + "/tenstorrent/tenstorrent!" + std::to_string(number),
                           options_.root + "/sys/class/tenstorrent/tenstorrent!" + std::to_string(number));
    }

    void process(int32_t pid, const std::string& comm, const std::string& command_line) {
        write("proc/" + std::to_string(pid) + "/comm", comm + "\n");
        write("proc/" + std::to_string(pid) + "/cmdline", command_line);
    }

    TemporaryDirectory temporary_;
    KernelDriverOptions options_;
};

TEST_F(KernelTree, ShowsChipsWithBoardAndTelemetry) {
    write("sys/module/tenstorrent/version", "2.8.0\n");
    chip(10, "0000:0a:00.0", "p150a", "blackhole");
    chip(2, "0000:02:00.0", "n300", "wormhole");
    const KernelDriver driver = read_kernel_driver(options_);
    EXPECT_TRUE(driver.loaded);
    EXPECT_EQ(driver.version, "2.8.0");
    ASSERT_EQ(driver.chips.size(), 2u);
    EXPECT_EQ(driver.chips[1].number, 10u) << "by number, not by text";
    const KernelChip& first = driver.chips[0];
    EXPECT_EQ(first.number, 2u);
    EXPECT_EQ(first.card_type, "n300");
    EXPECT_EQ(first.arch, "wormhole");
    EXPECT_EQ(first.serial, "0100014211703033");
    EXPECT_EQ(first.asic_id, "000A61B2C3D4E5F6");
    EXPECT_EQ(first.temperature_millicelsius, 47125);
    EXPECT_EQ(first.power_microwatt, 15000000u);
    EXPECT_EQ(first.clock_mhz, 1000u);
}

TEST_F(KernelTree, HoldersAreOneLinePerDescriptor) {
    chip(0, "0000:01:00.0", "n300", "wormhole");
    write("proc/driver/tenstorrent/0/pids", "412\n77\n412\n412\n0\n0\n");
    process(412, "python3", std::string("python3\0run.py\0", 15));
    process(77, "tt-smi", "");
    const KernelDriver driver = read_kernel_driver(options_);
    ASSERT_TRUE(driver.chips.at(0).holders);
    const std::vector<KernelHolder>& holders = *driver.chips[0].holders;
    ASSERT_EQ(holders.size(), 2u);
    EXPECT_EQ(holders[0].pid, 77);
    EXPECT_EQ(holders[0].command_line, "");
    EXPECT_EQ(holders[1].pid, 412);
    EXPECT_EQ(holders[1].descriptors, 3u);
    EXPECT_EQ(holders[1].comm, "python3");
    EXPECT_EQ(holders[1].command_line, "python3 run.py");
    EXPECT_EQ(holders[1].uid, ::getuid());
    EXPECT_EQ(driver.chips[0].hidden_descriptors, 2u);
    EXPECT_TRUE(has_note(driver.coverage, "2 open descriptors belong to processes that are not visible"));
}

TEST_F(KernelTree, NeverListsItself) {
    chip(0, "0000:01:00.0", "n300", "wormhole");
    write("proc/driver/tenstorrent/0/pids", std::to_string(::getpid()) + "\n5\n");
    ASSERT_EQ(read_kernel_driver(options_).chips.at(0).holders->size(), 1u);
    options_.self = 5;
    EXPECT_EQ(read_kernel_driver(options_).chips.at(0).holders->at(0).pid, ::getpid());
}

TEST_F(KernelTree, AnOldDriverWithoutPidsIsReadThroughDescriptors) {
    chip(0, "0000:01:00.0", "e150", "grayskull");
    process(300, "model", "model");
    fs::create_directories(options_.root + "/proc/300/fd");
    fs::create_symlink("/dev/tenstorrent/0", options_.root + "/proc/300/fd/7");
    fs::create_symlink("/dev/tenstorrent/1", options_.root + "/proc/300/fd/8");
    fs::create_symlink("/dev/null", options_.root + "/proc/300/fd/0");
    const KernelDriver driver = read_kernel_driver(options_);
    ASSERT_EQ(driver.chips.at(0).holders->size(), 1u);
    EXPECT_EQ(driver.chips[0].holders->at(0).pid, 300);
    EXPECT_EQ(driver.chips[0].holders->at(0).descriptors, 1u);
    EXPECT_TRUE(has_note(driver.coverage, "the driver lists no holders"));
}

TEST_F(KernelTree, ReadingsThatCannotBeAreAbsent) {
    chip(0, "0000:01:00.0", "n300", "wormhole");
    const std::string folder = "sys/class/tenstorrent/tenstorrent!0/";
    write(folder + "tt_aiclk", "4294967295\n");
    write(folder + "device/hwmon/hwmon3/temp1_input", "4194303000\n");
    write(folder + "device/hwmon/hwmon3/power1_input", "not a number\n");
    write(folder + "tt_card_type", "");
    write("proc/driver/tenstorrent/0/pids", "x\n-4\n99999999999\n12\n");
    const KernelDriver driver = read_kernel_driver(options_);
    EXPECT_FALSE(driver.chips.at(0).clock_mhz);
    EXPECT_FALSE(driver.chips[0].temperature_millicelsius);
    EXPECT_FALSE(driver.chips[0].power_microwatt);
    EXPECT_EQ(driver.chips[0].card_type, "");
    ASSERT_EQ(driver.chips[0].holders->size(), 1u);
    EXPECT_TRUE(has_note(driver.coverage, "a line that is not a pid"));
}

TEST_F(KernelTree, WithoutADriverItSaysSo) {
    const KernelDriver driver = read_kernel_driver(options_);
    EXPECT_FALSE(driver.loaded);
    EXPECT_TRUE(driver.chips.empty());
    EXPECT_TRUE(has_note(driver.coverage, "is not loaded"));
}

TEST_F(KernelTree, ALoadedDriverMayHaveNoChips) {
    write("sys/module/tenstorrent/version", "2.8.0\n");
    const KernelDriver driver = read_kernel_driver(options_);
    EXPECT_TRUE(driver.loaded);
    EXPECT_TRUE(driver.chips.empty());
    EXPECT_TRUE(driver.coverage.notes.empty());
}

}  // namespace
}  // namespace ttmem
