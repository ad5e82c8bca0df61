#include "sim/machine.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string>

#include "sim/allocator.h"
#include "sim/cluster_descriptor.h"
#include "sim/error.h"

namespace ttmem::sim {
namespace {

const std::filesystem::path kDescriptors = std::filesystem::path(TTMEM_DATA_DIR) / "descriptors";

std::string reason(const std::string& yaml) {
    try {
        machine_from_cluster_descriptor(yaml, "it.yaml");
    } catch (const Refused& refused) {
        return refused.what();
    }
    return "accepted";
}

TEST(Machine, BuiltInMachinesHaveTheFiguresOfTheirChips) {
    for (const Machine& machine : built_in_machines()) {
        EXPECT_GE(machine.sources.size(), 3u) << machine.name;
        for (const ChipSpec& chip : machine.chips) {
            const bool wormhole = chip.arch == "wormhole_b0";
            EXPECT_EQ(chip.dram_banks, wormhole ? 12u : machine.name == "P100" ? 7u : 8u) << machine.name;
            EXPECT_EQ(chip.dram_bank_bytes, wormhole ? 1'073'741'824u : 4'278'190'080u);
            EXPECT_EQ(chip.l1_bytes_per_core, wormhole ? 1'499'136u : 1'572'864u);
            EXPECT_EQ(chip.l1_base, wormhole ? 101'152u : 102'784u);
            if (wormhole) {
                EXPECT_EQ(chip.cores(), 64u);
            }
            // As in out-of-memory messages of real boards.
            EXPECT_EQ(pool_shape(chip, {}, BufferType::kDram).bytes_per_bank,
                      wormhole ? 1'073'741'792u : 4'278'190'016u);
        }
    }
}

TEST(Machine, IsFoundByItsNamesInAnySpelling) {
    const std::pair<const char*, size_t> names[] = {{"N150", 1},       {"n300", 2},       {"T3000", 8},
                                                    {"t3k", 8},        {"6U", 32},        {"p150", 1},
                                                    {"Galaxy 6U", 32}, {"galaxy_6u", 32}, {"Blackhole Galaxy", 32}};
    for (const auto& [name, chips] : names) EXPECT_EQ(find_machine(name).chips.size(), chips) << name;
    EXPECT_THROW(find_machine("N151"), UsageError);
    EXPECT_THROW(find_machine("./absent.yaml"), Refused);
}

TEST(Machine, TraceAndSmallRegionsAreTakenFromTheTop) {
    const ChipSpec chip = find_machine("N150").chips[0];
    const DeviceParams params{.l1_small_size = 32'768, .trace_region_size = 23'040'000};
    EXPECT_EQ(pool_shape(chip, params, BufferType::kDram).bytes_per_bank, 1'071'821'792u);  // as seen on hardware
    EXPECT_EQ(pool_shape(chip, params, BufferType::kTrace).bytes_per_bank, 1'920'000u);
    EXPECT_EQ(pool_shape(chip, params, BufferType::kTrace).base, (1u << 30) - 1'920'000);
    EXPECT_EQ(pool_shape(chip, params, BufferType::kL1).bytes_per_bank, 1'499'136u - 101'152 - 32'768);
    EXPECT_EQ(pool_shape(chip, params, BufferType::kL1Small).base, 1'499'136u - 32'768);
    EXPECT_THROW(pool_shape(chip, {.l1_small_size = 2'000'000}, BufferType::kL1), Refused);
}

TEST(Machine, DescriptionsThatMakeNoSenseAreRefusedWithTheirFile) {
    const auto refused = [](const std::string& json) {
        try {
            machine_from_json(json, "my.json");
        } catch (const Refused& refused) {
            return std::string(refused.what());
        }
        return std::string("accepted");
    };
    const std::string memory = R"("dram": {"banks": 12, "bank_bytes": 1000000, "base": 32, "alignment": 32},
        "l1": {"bytes_per_core": 1000, "base": 100, "alignment": 16, "grid": [8, 8]})";
    EXPECT_EQ(refused(R"({"name": "x", "arch": "wormhole_b0", )" + memory + R"(, "chips": ["0x1"]})"), "accepted");
    EXPECT_EQ(refused(R"({"name": "x", "arch": "wormhole_b0", )" + memory + R"(, "chips": ["0x1", "0x1"]})"),
              "my.json: chip id 0x1 occurs twice");
    EXPECT_EQ(refused(R"({"name": "x", "arch": "wormhole_b0", )" + memory + R"(, "chips": ["17"]})"),
              "my.json: chip id \"17\" is not of the form 0x1234");
    EXPECT_NE(refused(R"({"name": "x", "arch": "abacus", )" + memory + R"(, "chips": ["0x1"]})").find("\"abacus\""),
              std::string::npos);
    EXPECT_NE(refused("{").find("my.json: "), std::string::npos);
    EXPECT_NE(refused("{}").find("'name' not found"), std::string::npos);
}

TEST(ClusterDescriptor, OldFlowStyleAndSpellingAreRead) {
    const Machine machine = machine_from_cluster_descriptor(
        "arch: {\n   0: Wormhole,\n   1: Wormhole,\n}\nharvesting: {\n   0: {noc_translation: true, harvest_mask: "
        "65},\n"
        "   1: {noc_translation: true, harvest_mask: 5},\n}\nboards: [[{board_id: 7}, {board_type: n300}, {chips: "
        "[0,1]}]]",
        "old.yaml");
    ASSERT_EQ(machine.chips.size(), 2u);
    EXPECT_EQ(machine.chips[1].arch, "wormhole_b0");
    EXPECT_EQ(machine.chips[1].cores(), 64u);
    EXPECT_EQ(machine.title, "2 chips on 1 x n300");
}

TEST(ClusterDescriptor, WithoutUniqueIdsAChipIsItsNumberShifted) {
    const Machine machine = machine_from_cluster_descriptor("arch: {0: wormhole_b0, 3: wormhole_b0}", "it.yaml");
    EXPECT_EQ(machine.chips[0].unique_id, 0u);
    EXPECT_EQ(machine.chips[1].unique_id, uint64_t{3} << 32);
    EXPECT_EQ(machine.chips[1].logical_id, 3u);
}

TEST(ClusterDescriptor, HarvestingDecidesGridAndBanks) {
    const Machine p100 = machine_from_cluster_descriptor(
        "arch: {0: blackhole}\nharvesting: {0: {harvest_mask: 192, dram_harvesting_mask: 8}}", "p100.yaml");
    EXPECT_EQ(p100.chips[0].cores(), 110u);
    EXPECT_EQ(p100.chips[0].dram_banks, 7u);
    const Machine whole = machine_from_cluster_descriptor("arch: {0: blackhole}", "it.yaml");
    EXPECT_EQ(whole.chips[0].cores(), typical_chip("blackhole").cores());
}

TEST(ClusterDescriptor, WhatCannotBeSimulatedIsRefusedWithTheReason) {
    EXPECT_EQ(reason("arch: {0: quasar}"),
              "it.yaml: architecture \"quasar\" is not simulated; wormhole_b0 and blackhole are");
    EXPECT_EQ(reason("arch: {0: wormhole_b0, 1: wormhole_b0}\nchip_unique_ids: {0: 5}"),
              "it.yaml: chip 1 has no entry in chip_unique_ids");
    EXPECT_EQ(reason("arch: {0: wormhole_b0, 1: wormhole_b0}\nchip_unique_ids: {0: 5, 1: 5}"),
              "it.yaml: chip id 0x5 occurs twice");
    EXPECT_EQ(reason("arch: {0: wormhole_b0}\nharvesting: {0: {harvest_mask: 1023}}"),
              "it.yaml: chip 0: harvesting leaves no cores or no DRAM");
    EXPECT_NE(reason("boards: []").find("no chips"), std::string::npos);
    EXPECT_NE(reason("just a text").find("no chips"), std::string::npos);
    EXPECT_EQ(reason("arch:\n  0: [unclosed\n").substr(0, 8), "it.yaml:");
    EXPECT_EQ(reason("arch:\n  zero: wormhole_b0\n").substr(0, 10), "it.yaml:2:");
}

TEST(ClusterDescriptor, EveryPublishedOneIsReadOrRefusedForAReason) {
    if (!std::filesystem::exists(kDescriptors)) GTEST_SKIP() << "no descriptors at " << kDescriptors;
    size_t read = 0;
    for (const auto& file : std::filesystem::directory_iterator(kDescriptors / "cluster")) {
        const std::string path = file.path().string();
        if (path.find("quasar") != std::string::npos) {
            EXPECT_THROW(find_machine(path), Refused) << path;
            continue;
        }
        const Machine machine = find_machine(path);
        for (const ChipSpec& chip : machine.chips) EXPECT_TRUE(chip.same_memory(machine.chips[0])) << path;
        read++;
    }
    EXPECT_GT(read, 0u);
}

TEST(Machine, BuiltInMachinesAreThePublishedOnes) {
    if (!std::filesystem::exists(kDescriptors)) GTEST_SKIP() << "no descriptors at " << kDescriptors;
    const std::pair<const char*, const char*> pairs[] = {
        {"N150", "wormhole_N150_unique_ids.yaml"}, {"N300", "wormhole_N300_jtag.yaml"},
        {"T3000", "t3k_cluster_desc.yaml"},        {"Galaxy-6U", "6u_cluster_desc.yaml"},
        {"P100", "blackhole_P100.yaml"},           {"P150", "blackhole_P150.yaml"},
        {"P300", "blackhole_P300_both_mmio.yaml"}, {"4xP150", "blackhole_4xP150.yaml"},
        {"8xP150", "blackhole_8xP150.yaml"},       {"Blackhole-Galaxy", "blackhole_galaxy.yaml"}};
    for (const auto& [name, file] : pairs) {
        const Machine ours = find_machine(name);
        const Machine published = find_machine((kDescriptors / "cluster" / file).string());
        ASSERT_EQ(ours.chips.size(), published.chips.size()) << name;
        for (size_t i = 0; i < ours.chips.size(); i++) {
            EXPECT_EQ(ours.chips[i].unique_id, published.chips[i].unique_id) << name << " chip " << i;
            EXPECT_EQ(ours.chips[i].logical_id, published.chips[i].logical_id) << name << " chip " << i;
            EXPECT_TRUE(ours.chips[i].same_memory(published.chips[i])) << name << " chip " << i;
        }
    }
}

TEST(Machine, MemoryIsThatOfThePublishedChipDescriptions) {
    const auto blackhole = kDescriptors / "soc" / "blackhole_140_arch.yaml";
    const auto wormhole = kDescriptors / "soc" / "wormhole_b0_80_arch.yaml";
    if (!std::filesystem::exists(blackhole)) GTEST_SKIP() << "no descriptors at " << kDescriptors;
    const YAML::Node soc = YAML::LoadFile(blackhole.string());
    const ChipSpec p150 = find_machine("P150").chips[0];
    EXPECT_EQ(soc["dram_views"].size(), p150.dram_banks);
    EXPECT_EQ(soc["dram_view_size"].as<uint64_t>(), p150.dram_bank_bytes);
    EXPECT_EQ(soc["worker_l1_size"].as<uint64_t>(), p150.l1_bytes_per_core);

    // What this file has of Wormhole are the grids for compute and storage.
    const YAML::Node cores = YAML::LoadFile(wormhole.string());
    for (const auto& [product, machine] : {std::pair{"nebula_x1", "N150"}, std::pair{"galaxy", "Galaxy-6U"}}) {
        const YAML::Node end = cores[product]["row"]["1"]["compute_with_storage_grid_range"]["end"];
        const ChipSpec chip = find_machine(machine).chips[0];
        EXPECT_EQ(end[0].as<uint32_t>() + 1, chip.grid_x) << machine;
        EXPECT_EQ(end[1].as<uint32_t>() + 1, chip.grid_y) << machine;
    }
}

}  // namespace
}  // namespace ttmem::sim
