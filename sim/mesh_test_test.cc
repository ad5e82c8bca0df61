#include "sim/mesh_test.h"

#include <gtest/gtest.h>

#include "tests/support/simulation.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

Json truth_of(const std::string& machine, uint64_t seed = 0) {
    Simulation simulation(machine);
    run_mesh_test(simulation.context, simulation.points, seed);
    return simulation.truth.document();
}

Json live(const Json& document, const std::string& point_name, const std::string& key, const std::string& value) {
    const Json moment = point(document, point_name);
    for (const Json& allocation : moment.at("live"))
        if (allocation.at(key) == value) return allocation;
    throw std::out_of_range(value + " is not live at " + point_name);
}

TEST(MeshTest, HoldsTheSameOnEveryChipInEveryRun) {
    const Json document = truth_of("T3000");
    struct Expected {
        const char* step;
        uint64_t requested, reserved, allocations;
    };
    const Expected expected[] = {
        {"tensors", 9'437'184, 9'486'336, 4}, {"add", 13'643'776, 13'713'408, 6}, {"matmul", 14'716'928, 14'794'752, 8},
        {"tensors_freed", 36'864, 49'152, 2}, {"cache_cleared", 0, 0, 0},         {"closed", 0, 0, 0}};
    for (const std::string run : {"run1.", "run2.", "run3."}) {
        for (const Expected& e : expected) {
            const Json chips = point(document, run + e.step).at("chips");
            ASSERT_EQ(chips.size(), 8u);
            for (const Json& chip : chips) {
                const Json& dram = chip.at("pools").at("dram");
                EXPECT_EQ(dram.at("requested_bytes"), e.requested) << run << e.step;
                EXPECT_EQ(dram.at("reserved_bytes"), e.reserved) << run << e.step;
                EXPECT_EQ(dram.at("allocations"), e.allocations) << run << e.step;
                EXPECT_EQ(dram.at("capacity_bytes"), 12ull * 1'073'741'792);
                if (run + e.step >= std::string("run1.matmul") && run != "run1.") {
                    EXPECT_EQ(dram.at("peak_requested_bytes"), 14'716'928u);
                    EXPECT_EQ(dram.at("peak_reserved_bytes"), 14'794'752u);
                }
            }
        }
    }
    EXPECT_EQ(document.at("points").size(), 18u);
}

TEST(MeshTest, LeavesTheBinariesWhereTtMetalPutsThem) {
    const Json document = truth_of("T3000");
    const Json matmul = live(document, "run1.matmul", "program", "matmul");
    EXPECT_EQ(matmul.at("address"), 1'073'737'728u);
    EXPECT_EQ(matmul.at("requested_bytes"), 24'576u);
    EXPECT_EQ(matmul.at("reserved_bytes"), 24'576u);
    EXPECT_EQ(matmul.at("class"), "program");
    EXPECT_EQ(matmul.at("op"), "ttnn.matmul");
    EXPECT_EQ(matmul.at("chips").size(), 8u);
    const Json add = live(document, "run1.matmul", "program", "add");
    EXPECT_EQ(add.at("address"), (1u << 30) - 2048);
    EXPECT_EQ(add.at("requested_bytes"), 12'288u);
    EXPECT_EQ(add.at("reserved_bytes"), 24'576u);
    EXPECT_EQ(add.at("data_banks"), 6u);
}

TEST(MeshTest, ItsFirstMeshIsNumberZeroAndNotChipZero) {
    const Json document = truth_of("N300");
    EXPECT_EQ(live(document, "run1.tensors", "tag", "input_a").at("place"), "mesh 0");
    EXPECT_EQ(live(document, "run3.tensors", "tag", "input_a").at("place"), "mesh 2");
}

TEST(MeshTest, BlackholeReservesInItsEightBanks) {
    const Json document = truth_of("P150");
    EXPECT_EQ(live(document, "run1.matmul", "program", "add").at("reserved_bytes"), 8u * 2048);
    EXPECT_EQ(live(document, "run1.matmul", "program", "matmul").at("reserved_bytes"), 8u * 4096);
    EXPECT_EQ(live(document, "run1.matmul", "program", "matmul").at("address"), 4'278'190'080u - 2048 - 4096);
}

TEST(MeshTest, EveryMachineHoldsTheSameRequestedBytes) {
    for (const Machine& machine : built_in_machines()) {
        const Json document = truth_of(machine.name);
        const Json moment = point(document, "run2.matmul");
        for (const Json& chip : moment.at("chips"))
            EXPECT_EQ(chip.at("pools").at("dram").at("requested_bytes"), 14'716'928u) << machine.name;
        EXPECT_EQ(point(document, "run3.closed").at("live").size(), 0u);
    }
}

TEST(MeshTest, ASeedChangesAddressesAndNoFigure) {
    const Json plain = truth_of("N150");
    bool moved = false;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        const Json shuffled = truth_of("N150", seed);
        for (size_t i = 0; i < plain.at("points").size(); i++) {
            EXPECT_EQ(shuffled.at("points")[i].at("chips"), plain.at("points")[i].at("chips")) << "seed " << seed;
            moved |= shuffled.at("points")[i].at("live") != plain.at("points")[i].at("live");
        }
        EXPECT_EQ(shuffled, truth_of("N150", seed)) << "the same seed is the same run";
    }
    EXPECT_TRUE(moved);
}

}  // namespace
}  // namespace ttmem::sim
