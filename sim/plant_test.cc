#include "sim/plant.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/mesh_test.h"
#include "tests/support/simulation.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

Json mesh_test_with(const std::string& plant) {
    Simulation simulation("N300");
    run_mesh_test(simulation.context, simulation.points, 0, {plant_from_name(plant)});
    return simulation.truth.document();
}

TEST(Plant, IsNotedInTheTruthWithItsKindOperationClassAndPlace) {
    for (const std::string& name : plant_names()) {
        if (name == "under-trace") continue;  // this workload has no trace region
        const Json planted = mesh_test_with(name).at("planted");
        ASSERT_EQ(planted.size(), 1u) << name;
        EXPECT_EQ(planted[0].at("plant"), name);
        for (const char* key : {"op", "class", "place"}) EXPECT_NE(planted[0].at(key), "") << name << " " << key;
    }
    EXPECT_THROW(plant_from_name("weed"), UsageError);
}

TEST(Plant, ALeakLivesOnUntilTheCloseAndStaysALeak) {
    const Json document = mesh_test_with("leak");
    EXPECT_EQ(point(document, "run1.closed").at("leaked_and_closed").size(), 0u);
    const Json before = point(document, "run2.cache_cleared").at("live");
    ASSERT_EQ(before.size(), 1u);
    EXPECT_EQ(before[0].at("leaked"), true);
    EXPECT_EQ(before[0].at("op"), "ttnn.concat");
    const Json after = point(document, "run3.closed");
    EXPECT_EQ(after.at("live").size(), 0u);
    ASSERT_EQ(after.at("leaked_and_closed").size(), 1u);
    EXPECT_EQ(after.at("leaked_and_closed")[0].at("address"), document.at("planted")[0].at("address"));
}

TEST(Plant, AProgramThatForgetsItsCircularBuffersReservesNothingAndIsRemembered) {
    const Json document = mesh_test_with("missing-cb-free");
    const Json programs = point(document, "run3.closed").at("programs");
    ASSERT_EQ(programs.size(), 1u);
    EXPECT_EQ(programs[0].at("destroyed"), true);
    EXPECT_EQ(programs[0].at("places")[0].at("reserved_bytes"), 0);
    EXPECT_EQ(point(document, "run2.cache_cleared").at("chips")[0].at("cb").at("reserved_bytes"), 0);
}

TEST(Plant, FragmentationIsRoomEnoughButNotInOnePiece) {
    const Json planted = mesh_test_with("fragmentation").at("planted")[0];
    const uint64_t asked_per_bank = 2 * 8 * 2048;
    EXPECT_GE(planted.at("free_per_bank").get<uint64_t>(), asked_per_bank);
    EXPECT_LT(planted.at("largest_free_per_bank").get<uint64_t>(), asked_per_bank);
}

TEST(Plant, AClashIsTheRegionsEndAboveTheBuffer) {
    const Json planted = mesh_test_with("clash").at("planted")[0];
    EXPECT_GT(planted.at("cb_region_end").get<uint64_t>(), planted.at("l1_buffer").get<uint64_t>());
}

TEST(Plant, NothingButALeakAndCircularBuffersStaysBehind) {
    for (const std::string& name : plant_names()) {
        const Json end = point(mesh_test_with(name), "run3.closed");
        EXPECT_EQ(end.at("live").size(), 0u) << name;
        EXPECT_EQ(end.at("leaked_and_closed").size(), name == "leak" ? 1u : 0u) << name;
        EXPECT_EQ(end.at("programs").size(), name == "missing-cb-free" ? 1u : 0u) << name;
    }
}

}  // namespace
}  // namespace ttmem::sim
