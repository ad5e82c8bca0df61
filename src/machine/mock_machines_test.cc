#include "src/machine/mock_machines.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <set>
#include <tuple>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

const std::filesystem::path kPublished = std::filesystem::path(TTMEM_DATA_DIR) / "descriptors" / "cluster";

using CableEnd = std::pair<int, int>;  // chip, channel

std::set<std::pair<CableEnd, CableEnd>> cables_in(const YAML::Node& descriptor) {
    std::set<std::pair<CableEnd, CableEnd>> cables;
    for (const YAML::Node& cable : descriptor["ethernet_connections"]) {
        const auto end = [&](size_t i) { return CableEnd{cable[i]["chip"].as<int>(), cable[i]["chan"].as<int>()}; };
        cables.insert(std::minmax(end(0), end(1)));
    }
    return cables;
}

// What of a chip decides about its memory and its place: id, working Tensix cores, working DRAM banks.
std::set<std::tuple<int, uint64_t, int, int>> chips_in(const YAML::Node& descriptor) {
    std::set<std::tuple<int, uint64_t, int, int>> chips;
    for (const auto& entry : descriptor["chip_unique_ids"]) {
        const YAML::Node harvesting = descriptor["harvesting"][entry.first.as<int>()];
        chips.insert({entry.first.as<int>(), entry.second.as<uint64_t>(),
                      std::popcount(harvesting["harvest_mask"].as<uint32_t>()),
                      std::popcount(harvesting["dram_harvesting_mask"].as<uint32_t>())});
    }
    return chips;
}

TEST(MockMachines, DescribeThePublishedMachines) {
    if (!std::filesystem::exists(kPublished)) GTEST_SKIP() << "no descriptors at " << kPublished;
    const std::pair<const char*, const char*> pairs[] = {
        {"N150", "wormhole_N150_unique_ids.yaml"}, {"N300", "wormhole_N300_jtag.yaml"},
        {"T3000", "t3k_cluster_desc.yaml"},        {"Galaxy-6U", "6u_cluster_desc.yaml"},
        {"P100", "blackhole_P100.yaml"},           {"P150", "blackhole_P150.yaml"},
        {"P300", "blackhole_P300_both_mmio.yaml"}, {"4xP150", "blackhole_4xP150.yaml"},
        {"8xP150", "blackhole_8xP150.yaml"},       {"Blackhole-Galaxy", "blackhole_galaxy.yaml"}};
    EXPECT_EQ(std::size(pairs), mock_machines().size());
    for (const auto& [name, file] : pairs) {
        const YAML::Node published = YAML::LoadFile(kPublished / file);
        const YAML::Node ours = YAML::Load(find_mock_machine(name)->descriptor);
        EXPECT_EQ(chips_in(ours), chips_in(published)) << name;
        EXPECT_EQ(cables_in(ours), cables_in(published)) << name;
        EXPECT_EQ(ours["boards"].size(), published["boards"].size()) << name;
        if (published["io_device_type"].as<std::string>("PCIe") == "JTAG") continue;  // which reaches all chips
        EXPECT_EQ(ours["chips_with_mmio"].size(), published["chips_with_mmio"].size()) << name;
    }
}

TEST(MockMachines, EachMeshHasPlaceForAllChips) {
    for (const MockMachine& machine : mock_machines()) {
        ASSERT_TRUE(machine.contents) << machine.name;
        EXPECT_EQ(machine.contents->rows * machine.contents->columns, machine.contents->chips) << machine.name;
        EXPECT_GT(machine.contents->dram_bytes, 0u) << machine.name;
        EXPECT_EQ(YAML::Load(machine.descriptor)["arch"].size(), machine.contents->chips) << machine.name;
    }
}

TEST(MockMachines, HarvestingLeavesTheCoresOfTheProducts) {
    const auto cores = [](const char* name) { return find_mock_machine(name)->contents->cores; };
    EXPECT_EQ(cores("N150"), 72u);
    EXPECT_EQ(cores("T3000"), 64u);
    EXPECT_EQ(cores("Galaxy-6U"), 80u);
    EXPECT_EQ(cores("P150"), 120u);
}

TEST(MockMachines, SmallerOnesComeFirstAndWormholeBeforeBlackhole) {
    EXPECT_EQ(mock_machines().front().name, "N150");
    EXPECT_EQ(mock_machines().back().name, "Blackhole-Galaxy");
}

TEST(MockMachines, CaseAndPunctuationOfNamesDoNotMatter) {
    for (const char* name : {"Galaxy-6U", "galaxy 6u", "GALAXY_6U"}) {
        const Result<MockMachine> found = find_mock_machine(name);
        ASSERT_TRUE(found) << name;
        EXPECT_EQ(found->name, "Galaxy-6U");
    }
    EXPECT_EQ(find_mock_machine("t3k")->name, "T3000");
}

TEST(MockMachines, AnUnknownNameIsRefusedEvenWhereNothingIsLeftOfIt) {
    for (const char* name : {"N151", "", "--", "p"}) EXPECT_FALSE(find_mock_machine(name)) << name;
}

TEST(MockMachines, ADescriptorOfTheUsersIsTakenAsItIs) {
    const TemporaryDirectory folder;
    const std::string path = folder.path().string() + "/mine.yaml";
    const std::string text = "arch: {0: wormhole_b0}\nchips_with_mmio: [{0: 0}]\n";
    std::ofstream(path) << text;
    const Result<MockMachine> found = find_mock_machine(path);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->descriptor, text);
    EXPECT_EQ(found->name, path);
    EXPECT_FALSE(found->contents);
}

TEST(MockMachines, WhatIsNoDescriptorIsRefusedWithTheReason) {
    const TemporaryDirectory folder;
    EXPECT_EQ(find_mock_machine(folder.path().string() + "/none.yaml").error().why, "No such file or directory");
    EXPECT_FALSE(find_mock_machine(folder.path().string() + "/"));
    const std::string other = folder.path().string() + "/other.yaml";
    std::ofstream(other) << "arch: none\n";
    EXPECT_EQ(find_mock_machine(other).error().why, "it has no `arch` or no `chips_with_mmio`");
    const std::string large = folder.path().string() + "/large.yaml";
    std::ofstream(large) << std::string((size_t{4} << 20) + 1, ' ');
    EXPECT_EQ(find_mock_machine(large).error().why, "it is larger than 4194304 bytes");
}

}  // namespace
}  // namespace ttmem
